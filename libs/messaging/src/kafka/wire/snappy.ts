/**
 * Magic of Java's framing (xerial). A version int32, the oldest compatible version int32 and length-prefixed blocks
 * follow it.
 */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;
const COPY_1_BYTE_OFFSET = 1;
const COPY_2_BYTE_OFFSET = 2;

/**
 * Decompresses a record batch's body in either format of Kafka's clients: framed as by Java, or one bare block as by
 * librdkafka.
 * Source: https://github.com/google/snappy/blob/main/format_description.txt.
 * @throws RangeError if the bytes are not Snappy or unpack to more than `maxBytes`
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
    const unpacked = block(input.subarray(at, at + length), left);
    left -= unpacked.length;
    blocks.push(unpacked);
    at += length;
  }
  return blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks);
}

function block(input: Buffer, maxBytes: number): Buffer {
  const [length, start] = readLength(input);
  if (length > maxBytes) throw new RangeError(`Snappy block of ${length} bytes, more than ${maxBytes}`);
  const output = Buffer.allocUnsafe(length);
  const cursor = { at: start, to: 0 };
  while (cursor.at < input.length) {
    const tag = input[cursor.at++] as number;
    if ((tag & 3) === 0) copyLiteral(input, output, cursor, tag >>> 2);
    else copyMatch(input, output, cursor, tag);
  }
  if (cursor.to !== length) throw damaged();
  return output;
}

/** The next positions to read and to write. */
interface Cursor {
  at: number;
  to: number;
}

function copyLiteral(input: Buffer, output: Buffer, cursor: Cursor, sizeCode: number): void {
  const sizeBytes = Math.max(0, sizeCode - 59);
  const size = 1 + (sizeBytes === 0 ? sizeCode : readNumber(input, cursor, sizeBytes));
  if (cursor.at + size > input.length || cursor.to + size > output.length) throw damaged();
  input.copy(output, cursor.to, cursor.at, cursor.at + size);
  cursor.at += size;
  cursor.to += size;
}

function copyMatch(input: Buffer, output: Buffer, cursor: Cursor, tag: number): void {
  const kind = tag & 3;
  if (kind === COPY_1_BYTE_OFFSET) {
    const offset = ((tag >>> 5) << 8) | readNumber(input, cursor, 1);
    cursor.to = copyBack(output, cursor.to, offset, ((tag >>> 2) & 7) + 4);
    return;
  }
  const offset = readNumber(input, cursor, kind === COPY_2_BYTE_OFFSET ? 2 : 4);
  cursor.to = copyBack(output, cursor.to, offset, (tag >>> 2) + 1);
}

function readNumber(input: Buffer, cursor: Cursor, bytes: number): number {
  if (cursor.at + bytes > input.length) throw damaged();
  cursor.at += bytes;
  return input.readUIntLE(cursor.at - bytes, bytes);
}

/**
 * Repeats `size` bytes that start `offset` before the end of the output; they may overlap the bytes being written.
 * @returns the new end
 * @throws RangeError if the offset is before the start or the end is beyond the buffer
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
