import { copyBack } from './snappy.js';

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_CONTENT_CHECKSUM = 0x04;
const HAS_DICTIONARY = 0x01;
const IS_STORED = 0x80000000;
const MIN_MATCH = 4;
const LONG_LENGTH = 15;
const FIRST_BYTES = 64 * 1024;

/**
 * Decompresses one or more consecutive LZ4 frames. Their xxHash checksums are not verified: the record batch's CRC
 * covers the same bytes. Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, lz4_Block_format.md.
 * @throws RangeError if the bytes are not LZ4 frames or unpack to more than `maxBytes`
 */
export function lz4Decompress(bytes: Uint8Array, maxBytes: number): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const output = new GrowingOutput(Math.min(maxBytes, Math.max(FIRST_BYTES, input.length * 4)), maxBytes);
  for (let at = 0; at < input.length;) at = readFrame(input, at, output);
  return output.finished();
}

function readFrame(input: Buffer, from: number, output: GrowingOutput): number {
  need(input, from, 7);
  const magic = input.readUInt32LE(from);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) return from + 8 + input.readUInt32LE(need(input, from + 4, 4));
  if (magic !== FRAME_MAGIC) throw damaged();
  const flags = input[from + 4] as number;
  if (flags >>> 6 !== 1 || (flags & HAS_DICTIONARY) !== 0) throw damaged();
  // magic, flags, block size, perhaps the content size, header checksum
  let at = from + 7 + ((flags & HAS_CONTENT_SIZE) === 0 ? 0 : 8);
  for (;;) {
    const size = input.readUInt32LE(need(input, at, 4));
    at += 4;
    if (size === 0) break;
    const length = size & ~IS_STORED;
    need(input, at, length);
    const block = input.subarray(at, at + length);
    if ((size & IS_STORED) === 0) readBlock(block, output);
    else output.append(block, 0, length);
    at += length + ((flags & HAS_BLOCK_CHECKSUMS) === 0 ? 0 : 4);
  }
  return at + ((flags & HAS_CONTENT_CHECKSUM) === 0 ? 0 : 4);
}

function readBlock(block: Buffer, output: GrowingOutput): void {
  const cursor = { at: 0 };
  while (cursor.at < block.length) {
    const token = block[cursor.at++] as number;
    const literals = longLength(block, cursor, token >>> 4);
    need(block, cursor.at, literals);
    output.append(block, cursor.at, literals);
    cursor.at += literals;
    // The last sequence of a block is literals only.
    if (cursor.at >= block.length) return;
    const offset = block.readUInt16LE(need(block, cursor.at, 2));
    cursor.at += 2;
    output.repeat(offset, longLength(block, cursor, token & LONG_LENGTH) + MIN_MATCH);
  }
}

function longLength(block: Buffer, cursor: { at: number }, first: number): number {
  let length = first;
  if (first !== LONG_LENGTH) return length;
  for (;;) {
    const more = block[need(block, cursor.at++, 1)] as number;
    length += more;
    if (more !== 0xff) return length;
  }
}

/** Matches may refer to earlier blocks, so a frame is unpacked into one buffer. */
class GrowingOutput {
  private bytes: Buffer;
  private end = 0;

  constructor(
    firstBytes: number,
    private readonly maxBytes: number,
  ) {
    this.bytes = Buffer.allocUnsafe(firstBytes);
  }

  append(from: Buffer, at: number, length: number): void {
    this.reserve(length);
    this.end += from.copy(this.bytes, this.end, at, at + length);
  }

  repeat(offset: number, length: number): void {
    this.reserve(length);
    this.end = copyBack(this.bytes, this.end, offset, length);
  }

  finished(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  private reserve(more: number): void {
    const needed = this.end + more;
    if (needed > this.maxBytes) throw new RangeError(`more than ${this.maxBytes} bytes`);
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.maxBytes, Math.max(needed, this.bytes.length * 2)));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }
}

/** Returns the position if that many bytes remain. */
function need(bytes: Buffer, at: number, length: number): number {
  if (at + length > bytes.length) throw damaged();
  return at;
}

function damaged(): RangeError {
  return new RangeError('damaged LZ4 data');
}
