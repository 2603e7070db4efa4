import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { knownFlags } from '@fraudflow/runtime-tuning';
import { nodeFlags } from './node-flags.js';
import { ALL_SERVICES } from './service-catalog.js';

/**
 * Allocates and releases objects until V8 has collected its whole heap eight times, with C++ objects and concurrent
 * marking.
 */
const EIGHT_FULL_COLLECTIONS = `
  const { PerformanceObserver, constants } = require('node:perf_hooks');
  let collections = 0;
  new PerformanceObserver((list) => {
    collections += list.getEntries().filter((entry) => entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
  }).observe({ entryTypes: ['gc'] });
  const kept = [];
  const turn = () => {
    for (let i = 0; i < 20000; i++) kept.push({ bytes: new Uint8Array(64), numbers: [i, i] });
    if (kept.length > 200000) kept.length = 0;
    if (collections < 8) setImmediate(turn);
    else console.log('collected');
  };
  turn();
`;

/** One service for each set of flags. */
const SETS_OF_FLAGS = [
  ...new Map(ALL_SERVICES.map((service) => [nodeFlags(service, {}, 2).join(' '), service])).values(),
];

describe('flags of node', () => {
  test.each(ALL_SERVICES)('this node starts with the flags of %s', (service) => {
    const flags = knownFlags(nodeFlags(service), () => undefined);

    const { status, stderr } = spawnSync(process.execPath, [...flags, '-e', ''], { encoding: 'utf8' });

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(flags).toEqual(nodeFlags(service));
  });

  test.each(SETS_OF_FLAGS)('this node collects its whole heap with the flags of %s on few cores', (service) => {
    const flags = knownFlags(nodeFlags(service, {}, 2), () => undefined);

    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', EIGHT_FULL_COLLECTIONS], {
      encoding: 'utf8',
      timeout: 60_000,
    });

    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'collected\n', stderr: '' });
  });

  test('collections use helper threads only on machines with many cores', () => {
    expect(nodeFlags('scorer', {}, 2)).toContain('--no-parallel-scavenge');
    expect(nodeFlags('scorer', {}, 16)).not.toContain('--no-parallel-scavenge');
  });

  test('an operator sets the old generation of one service', () => {
    expect(nodeFlags('scorer', { FRAUDFLOW_SCORER_HEAP_MB: '512' })).toContain('--max-old-space-size=512');
    expect(() => nodeFlags('scorer', { FRAUDFLOW_SCORER_HEAP_MB: 'much' })).toThrow(/FRAUDFLOW_SCORER_HEAP_MB/);
  });
});
