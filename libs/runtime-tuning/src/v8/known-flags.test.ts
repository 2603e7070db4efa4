import { expect, test } from 'vitest';
import { knownFlags } from './known-flags.js';

test('a flag that this version does not support is omitted with a notice', () => {
  const notices: string[] = [];

  const flags = knownFlags(['--max-old-space-size=64', '--no-such-flag=1'], (text) => notices.push(text));

  expect(flags).toEqual(['--max-old-space-size=64']);
  expect(notices).toEqual([expect.stringContaining('--no-such-flag=1')]);
});

test('a flag is recognised in all its spellings', () => {
  const known = new Set(['heap-growing-percent', 'parallel-scavenge']);
  const spellings = ['--heap_growing_percent=80', '--heap-growing-percent=80', '--no-parallel-scavenge'];

  expect(knownFlags(spellings, () => undefined, known)).toEqual(spellings);
});
