import { endianness } from 'node:os';

const POLYNOMIAL = 0x82f63b78;
/** Bytes per step, and tables. */
const SLICES = 16;
const TABLES = buildTables();
const NO_WORDS = new Int32Array(0);
/** Words are read in native byte order, and the tables assume little-endian. */
const WORDS_PER_STEP = endianness() === 'LE' ? SLICES / 4 : 0;

/**
 * CRC-32C (Castagnoli) of the bytes, unsigned. Slicing by 16: sixteen table look-ups per four words.
 * Source: RFC 3720 appendix B.4; M. Kounavis, F. Berry, "A Systematic Approach to Building High Performance,
 * Software-based, CRC Generators", 2005.
 */
export function crc32c(bytes: Uint8Array): number {
  const t = TABLES;
  const n = bytes.length;
  let crc = -1;
  let i = 0;
  for (; i < n && ((bytes.byteOffset + i) & 3) !== 0; i++) crc = byteStep(crc, bytes[i] as number);
  const words = n - i < SLICES ? NO_WORDS : new Int32Array(bytes.buffer, bytes.byteOffset + i, (n - i) >>> 2);
  let k = 0;
  for (; WORDS_PER_STEP > 0 && k + WORDS_PER_STEP <= words.length; k += WORDS_PER_STEP) {
    const a = crc ^ (words[k] as number);
    const b = words[k + 1] as number;
    const c = words[k + 2] as number;
    const d = words[k + 3] as number;
    crc =
      (t[0xf00 | (a & 0xff)] as number) ^
      (t[0xe00 | ((a >>> 8) & 0xff)] as number) ^
      (t[0xd00 | ((a >>> 16) & 0xff)] as number) ^
      (t[0xc00 | (a >>> 24)] as number) ^
      (t[0xb00 | (b & 0xff)] as number) ^
      (t[0xa00 | ((b >>> 8) & 0xff)] as number) ^
      (t[0x900 | ((b >>> 16) & 0xff)] as number) ^
      (t[0x800 | (b >>> 24)] as number) ^
      (t[0x700 | (c & 0xff)] as number) ^
      (t[0x600 | ((c >>> 8) & 0xff)] as number) ^
      (t[0x500 | ((c >>> 16) & 0xff)] as number) ^
      (t[0x400 | (c >>> 24)] as number) ^
      (t[0x300 | (d & 0xff)] as number) ^
      (t[0x200 | ((d >>> 8) & 0xff)] as number) ^
      (t[0x100 | ((d >>> 16) & 0xff)] as number) ^
      (t[d >>> 24] as number);
  }
  for (i += 4 * k; i < n; i++) crc = byteStep(crc, bytes[i] as number);
  return ~crc >>> 0;
}

function byteStep(crc: number, byte: number): number {
  return (TABLES[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
}

/** Tables of 256 in one array: entry `k * 256 + b` is the CRC of byte b followed by k zero bytes. */
function buildTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256] as number;
    tables[i] = (tables[previous & 0xff] as number) ^ (previous >>> 8);
  }
  return tables;
}
