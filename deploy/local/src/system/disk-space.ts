import { statfs } from 'node:fs/promises';

/** A demo with its history takes about 300 MB; Kafka and Postgres stop when the disk is full. */
const ENOUGH_BYTES = 1024 ** 3;
const MIB = 1024 ** 2;

/**
 * Emits a notice if less than 1 GiB is free in the folder of the data.
 * @param path an existing folder
 * @param freeBytes reads the free bytes at a path; if it fails, there is no notice
 */
export async function warnOfFullDisk(
  path: string,
  notice: (text: string) => void,
  freeBytes: (path: string) => Promise<number> = freeBytesAt,
): Promise<void> {
  const free = await freeBytes(path).catch(() => Number.POSITIVE_INFINITY);
  if (free >= ENOUGH_BYTES) return;
  notice(`only ${Math.floor(free / MIB)} MiB are free at ${path}: Kafka and Postgres stop when the disk is full`);
}

async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
