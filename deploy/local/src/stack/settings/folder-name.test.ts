import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderName } from './folder-name.js';

test('a data folder keeps its name, and two folders have different names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fraudflow-names-'));
  try {
    const first = folderName(join(folder, 'one'));

    expect(folderName(join(folder, 'one'))).toBe(first);
    expect(folderName(join(folder, 'two'))).not.toBe(first);
    // Names of group members that Kafka accepts.
    expect(first).toMatch(/^[A-Za-z0-9._-]{1,249}$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
