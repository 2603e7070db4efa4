import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from './atomic-file.js';

/** The secret kept in a file readable by its owner only; made of 32 random bytes the first time. */
export function secretFromFile(path: string, encoding: 'base64' | 'base64url' = 'base64'): string {
  if (!existsSync(path)) writeFileAtomically(path, randomBytes(32).toString(encoding), 0o600);
  return readFileSync(path, 'utf8').trim();
}
