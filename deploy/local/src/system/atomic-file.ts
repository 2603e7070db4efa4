import { renameSync, writeFileSync } from 'node:fs';

/**
 * Writes a file atomically: readers get the old content or the new one, never a part of it. By default only its owner
 * may read it.
 */
export function writeFileAtomically(path: string, content: string | Buffer, mode = 0o600): void {
  const making = `${path}.${process.pid}.tmp`;
  writeFileSync(making, content, { mode });
  renameSync(making, path);
}
