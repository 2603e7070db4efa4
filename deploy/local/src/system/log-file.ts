import {
  chmodSync,
  closeSync,
  copyFileSync,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';

const ROTATE_ABOVE_BYTES = 20 * 1024 * 1024;

/**
 * Opens a log for appending and returns its descriptor. A log above 20 MiB is first renamed to `<name>.1`.
 */
export function openLog(path: string): number {
  if (sizeOf(path) > ROTATE_ABOVE_BYTES) renameSync(path, `${path}.1`);
  const file = openSync(path, 'a', 0o600);
  // Logs of earlier versions were readable by all accounts.
  fchmodSync(file, 0o600);
  return file;
}

/**
 * Copies a log above 20 MiB to `<name>.1` and empties it while a process writes to it. The process appends, so it
 * continues at the beginning of the emptied file. Lines written between copy and truncation are lost, as with
 * `copytruncate` of logrotate.
 * @returns whether it was moved
 * @throws Error of the file system, for example if the disk is full: the log is left as it is
 */
export function rotateOpenLog(path: string): boolean {
  if (sizeOf(path) <= ROTATE_ABOVE_BYTES) return false;
  copyFileSync(path, `${path}.1`);
  chmodSync(`${path}.1`, 0o600);
  truncateSync(path);
  return true;
}

/** Size in bytes; 0 if there is no such file. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last lines after `fromByte`, at most 4 KiB. */
export function logTail(path: string, fromByte: number, lines = 12): string {
  if (sizeOf(path) === 0) return '';
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const start = Math.max(fromByte > size ? 0 : fromByte, size - 4_096);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    readSync(file, buffer, 0, buffer.length, start);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(file);
  }
}
