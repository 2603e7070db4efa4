import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from '../../system/atomic-file.js';

/**
 * The name of a data folder among all that may share servers with it, kept in a file; made by chance the first time.
 */
export function folderName(path: string): string {
  if (!existsSync(path)) writeFileAtomically(path, randomUUID());
  return readFileSync(path, 'utf8').trim();
}
