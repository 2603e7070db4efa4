import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf } from '@fraudflow/runtime-tuning';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeFlags } from './node-flags.js';
import { readRuntimeSettings } from './runtime-file.js';
import { ALL_SERVICES, nicenessOf } from './service-catalog.js';

const NO_HELPERS = ['--no-parallel-scavenge', '--no-parallel-compaction', '--no-parallel-pointer-update'];
const USUAL_FLAGS = [
  '--max-semi-space-size=16',
  '--max-old-space-size=192',
  '--no-allocation-site-pretenuring',
  '--concurrent-marking-max-worker-num=1',
];
const FEATURE_STORE_FLAGS = [
  '--max-semi-space-size=16',
  '--max-old-space-size=208',
  '--heap-growing-percent=100',
  '--no-allocation-site-pretenuring',
  '--max-inlined-bytecode-size-cumulative=3000',
  '--concurrent-marking-max-worker-num=1',
];
const DRIFT_MONITOR_FLAGS = [
  '--max-semi-space-size=16',
  '--max-old-space-size=192',
  '--heap-growing-percent=100',
  '--no-allocation-site-pretenuring',
];

/** The measured settings: a change of a runtime.json is a change here, with its figure in docs/performance.md. */
const MEASURED = [
  { service: 'registry', flags: USUAL_FLAGS, niceness: 10 },
  { service: 'feature-store', flags: FEATURE_STORE_FLAGS, niceness: 10 },
  { service: 'ingestion', flags: USUAL_FLAGS, niceness: 10 },
  { service: 'scorer', flags: USUAL_FLAGS, niceness: 0 },
  { service: 'trainer', flags: USUAL_FLAGS, niceness: 15 },
  { service: 'drift-monitor', flags: DRIFT_MONITOR_FLAGS, niceness: 15 },
];

describe('runtime.json of the services', () => {
  test('every service has measured settings', () => {
    expect(MEASURED.map(({ service }) => service)).toEqual(ALL_SERVICES);
  });

  test.each(MEASURED)('$service starts with the measured flags, allocator and priority', (measured) => {
    const { service, flags, niceness } = measured;

    expect(nodeFlags(service, {}, 4)).toEqual([...flags, ...NO_HELPERS]);
    expect(nodeFlags(service, {}, 5)).toEqual(flags);
    expect(environmentOf(readRuntimeSettings(service))).toEqual({
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '131072',
      MALLOC_TRIM_THRESHOLD_: '1048576',
    });
    expect(nicenessOf(service)).toBe(niceness);
  });
});

describe('reader of runtime.json', () => {
  const valid = {
    heap: { youngMiB: 8, oldMiB: 100 },
    nodeFlags: ['--heap-growing-percent=50'],
    fewCores: { atMost: 2, nodeFlags: [] },
    mallocArenas: 1,
    environment: { NAME: 'value' },
  };
  let root = '';

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fraudflow-runtime-'));
    mkdirSync(join(root, 'services', 'scorer'), { recursive: true });
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const reading =
    (content: string): (() => unknown) =>
    () => {
      writeFileSync(join(root, 'services', 'scorer', 'runtime.json'), content);
      return readRuntimeSettings('scorer', root);
    };

  test('a valid file is returned as it is', () => {
    expect(reading(JSON.stringify(valid))()).toEqual(valid);
    expect(reading(JSON.stringify({ ...valid, uvThreads: 2 }))()).toEqual({ ...valid, uvThreads: 2 });
  });

  test.each([
    ['a heap that is too small', { heap: { youngMiB: 8, oldMiB: 63 } }, /heap\.oldMiB: /],
    ['a size that is not a number', { heap: { youngMiB: '8', oldMiB: 100 } }, /heap\.youngMiB: /],
    ['a missing field', { mallocArenas: undefined }, /mallocArenas: /],
    ['an unknown field', { nodeflags: [] }, /the file: .*nodeflags/],
    ['a flag without dashes', { nodeFlags: ['max-heap'] }, /nodeFlags\.0: must be a flag of node/],
    ['a heap size among the flags', { nodeFlags: ['--max_old_space_size=9'] }, /nodeFlags\.0: .*set it in heap/],
    ['a variable that is not text', { environment: { NAME: 1 } }, /environment\.NAME: /],
  ])('%s is refused with the name of the file and the field', (_name, change, field) => {
    const read = reading(JSON.stringify({ ...valid, ...change }));

    expect(read).toThrow(field);
    expect(read).toThrow(join('services', 'scorer', 'runtime.json'));
  });

  test('all problems of a file are reported together', () => {
    const read = reading(JSON.stringify({ ...valid, mallocArenas: 0, uvThreads: 0 }));

    expect(read).toThrow(/mallocArenas.*uvThreads/);
  });

  test('a file that is missing or is not JSON is refused with its name', () => {
    expect(() => readRuntimeSettings('scorer', root)).toThrow(/runtime\.json cannot be read as JSON/);
    expect(reading('{')).toThrow(/runtime\.json cannot be read as JSON/);
  });

  test('a program that is not a service has the default heap and no flags', () => {
    expect(readRuntimeSettings('other', root)).toMatchObject({ heap: { youngMiB: 16, oldMiB: 192 }, nodeFlags: [] });
  });
});
