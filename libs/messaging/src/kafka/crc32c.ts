const POLYNOMIAL = 0x82f63b78;
const TABLES = buildTables();

/**
 * CRC-32C (Castagnoli) of the bytes, unsigned. Slicing by eight: eight table look-ups per eight bytes, three times faster than byte by byte.
 * Source: RFC 3720 appendix B.4; M. Kounavis, F. Berry, "A Systematic Approach to Building High Performance, Software-based, CRC Generators", 2005.
 */
export function crc32c(bytes: Uint8Array): number {
  const t = TABLES;
  const end = bytes.length & ~7;
  let crc = -1;
  let i = 0;
  for (; i < end; i += 8) {
    const a =
      crc ^
      ((bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24));
    crc =
      (t[0x700 | (a & 0xff)] as number) ^
      (t[0x600 | ((a >>> 8) & 0xff)] as number) ^
      (t[0x500 | ((a >>> 16) & 0xff)] as number) ^
      (t[0x400 | (a >>> 24)] as number) ^
      (t[0x300 | (bytes[i + 4] as number)] as number) ^
      (t[0x200 | (bytes[i + 5] as number)] as number) ^
      (t[0x100 | (bytes[i + 6] as number)] as number) ^
      (t[bytes[i + 7] as number] as number);
  }
  for (; i < bytes.length; i++) crc = (t[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Eight tables of 256 in one array: entry `k * 256 + b` is the CRC of byte b followed by k zero bytes. */
function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
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
