import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { knownFlags, nodeFlags } from './node-flags.js';
import { ALL_SERVICES } from './service-catalog.js';

describe('flags of node', () => {
  test.each(ALL_SERVICES)('this node starts with the flags of %s', (service) => {
    const flags = knownFlags(nodeFlags(service), () => undefined);

    const { status, stderr } = spawnSync(process.execPath, [...flags, '-e', ''], { encoding: 'utf8' });

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(flags).toEqual(nodeFlags(service));
  });

  test('a flag that this version does not know is left out with a notice', () => {
    const notices: string[] = [];

    const flags = knownFlags(['--max-old-space-size=64', '--no-such-flag=1'], (text) => notices.push(text));

    expect(flags).toEqual(['--max-old-space-size=64']);
    expect(notices).toEqual([expect.stringContaining('--no-such-flag=1')]);
  });

  test('collections use no helper threads where cores are few, and do where they are many', () => {
    expect(nodeFlags('scorer', {}, 2)).toContain('--no-parallel-scavenge');
    expect(nodeFlags('scorer', {}, 16)).not.toContain('--no-parallel-scavenge');
  });

  test('an operator sets the old generation of one service', () => {
    expect(nodeFlags('scorer', { FRAUDFLOW_SCORER_HEAP_MB: '512' })).toContain('--max-old-space-size=512');
    expect(() => nodeFlags('scorer', { FRAUDFLOW_SCORER_HEAP_MB: 'much' })).toThrow(/FRAUDFLOW_SCORER_HEAP_MB/);
  });
});
