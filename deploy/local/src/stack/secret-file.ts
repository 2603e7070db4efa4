import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from '../system/atomic-file.js';

/** The secret kept in a file readable by its owner only; made of 32 random bytes, base64, the first time. */
export function secretFromFile(path: string): string {
  if (!existsSync(path)) writeFileAtomically(path, randomBytes(32).toString('base64'), 0o600);
  return readFileSync(path, 'utf8').trim();
}
