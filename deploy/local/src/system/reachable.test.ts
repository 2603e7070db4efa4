import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mayPassThrough } from './reachable.js';

const STRANGER = { uid: 64_321, gid: 64_321 };

test('other accounts may enter the folder of temporary files', () => {
  expect(mayPassThrough(tmpdir(), STRANGER)).toBe(true);
});

test('below a folder that only its owner may enter, nothing is reachable', () => {
  const top = mkdtempSync(join(tmpdir(), 'fraudflow-reach-'));
  const inner = join(top, 'inner');
  mkdirSync(inner);
  chmodSync(inner, 0o755);

  chmodSync(top, 0o700);
  const whileClosed = mayPassThrough(inner, STRANGER);
  chmodSync(top, 0o711);
  const whileOpen = mayPassThrough(inner, STRANGER);

  expect({ whileClosed, whileOpen }).toEqual({ whileClosed: false, whileOpen: true });
  rmSync(top, { recursive: true });
});
