import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from '../../system/atomic-file.js';

/**
 * A unique name of a data folder among those that share its servers. The first call creates it at random and stores it
 * in a file.
 */
export function folderName(path: string): string {
  if (!existsSync(path)) writeFileAtomically(path, randomUUID());
  return readFileSync(path, 'utf8').trim();
}
