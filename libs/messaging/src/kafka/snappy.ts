/** Java's framing (xerial): this, version int32, oldest compatible version int32, then blocks with their length before them. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;
const COPY_1_BYTE_OFFSET = 1;
const COPY_2_BYTE_OFFSET = 2;

/**
 * Decompresses a record batch's body as Kafka's clients compress it with Snappy: framed as by Java, or one bare block as by librdkafka.
 * Source: https://github.com/google/snappy/blob/main/format_description.txt.
 * @throws RangeError if the bytes are no Snappy or make more than `maxBytes`
 */
export function snappyDecompress(bytes: Uint8Array, maxBytes: number): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!input.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return block(input, maxBytes);
  const blocks: Buffer[] = [];
  let left = maxBytes;
  for (let at = XERIAL_HEADER_BYTES; at < input.length;) {
    const length = at + 4 <= input.length ? input.readInt32BE(at) : -1;
    at += 4;
    if (length < 0 || at + length > input.length) throw damaged();
    const made = block(input.subarray(at, at + length), left);
    left -= made.length;
    blocks.push(made);
    at += length;
  }
  return blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks);
}

function block(input: Buffer, maxBytes: number): Buffer {
  const [length, start] = readLength(input);
  if (length > maxBytes) throw new RangeError(`Snappy block of ${length} bytes, more than ${maxBytes}`);
  const output = Buffer.allocUnsafe(length);
  let to = 0;
  for (let at = start; at < input.length;) {
    const tag = input[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let size = tag >>> 2;
      if (size >= 60) {
        const sizeBytes = size - 59;
        if (at + sizeBytes > input.length) throw damaged();
        size = input.readUIntLE(at, sizeBytes);
        at += sizeBytes;
      }
      size++;
      if (at + size > input.length || to + size > length) throw damaged();
      input.copy(output, to, at, at + size);
      at += size;
      to += size;
      continue;
    }
    const offsetBytes = kind === COPY_1_BYTE_OFFSET ? 1 : kind === COPY_2_BYTE_OFFSET ? 2 : 4;
    if (at + offsetBytes > input.length) throw damaged();
    const low = input.readUIntLE(at, offsetBytes);
    const offset = kind === COPY_1_BYTE_OFFSET ? ((tag >>> 5) << 8) | low : low;
    const size = kind === COPY_1_BYTE_OFFSET ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    at += offsetBytes;
    to = copyBack(output, to, offset, size);
  }
  if (to !== length) throw damaged();
  return output;
}

/**
 * Repeats `size` bytes that lie `offset` before the end of what was made; they may overlap what is being written.
 * @returns the new end
 * @throws RangeError if the offset lies before the start or the end behind the buffer
 */
export function copyBack(output: Buffer, to: number, offset: number, size: number): number {
  if (offset <= 0 || offset > to || to + size > output.length) throw damaged();
  if (offset >= size) output.copyWithin(to, to - offset, to - offset + size);
  else for (let i = 0; i < size; i++) output[to + i] = output[to - offset + i] as number;
  return to + size;
}

function readLength(input: Buffer): [length: number, next: number] {
  let length = 0;
  for (let at = 0; at < 5 && at < input.length; at++) {
    const byte = input[at] as number;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [length, at + 1];
  }
  throw damaged();
}

function damaged(): RangeError {
  return new RangeError('damaged compressed data');
}
