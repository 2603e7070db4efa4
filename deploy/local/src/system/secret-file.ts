import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from './atomic-file.js';

/** A secret in a file that only its owner can read. The first call creates it from 32 random bytes. */
export function secretFromFile(path: string, encoding: 'base64' | 'base64url' = 'base64'): string {
  if (!existsSync(path)) writeFileAtomically(path, randomBytes(32).toString(encoding), 0o600);
  return readFileSync(path, 'utf8').trim();
}
