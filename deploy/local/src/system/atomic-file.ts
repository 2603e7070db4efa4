import { renameSync, writeFileSync } from 'node:fs';

/**
 * Writes a file, readable by its owner unless `mode` says otherwise, so that readers see the old content or the new
 * one, never half of it.
 */
export function writeFileAtomically(path: string, content: string | Buffer, mode = 0o600): void {
  const making = `${path}.${process.pid}.tmp`;
  writeFileSync(making, content, { mode });
  renameSync(making, path);
}
