import { crc32 } from 'node:zlib';
import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NaiveStream } from '../../test/naive-vector.js';
import { contentOf, StoredStream } from '../../test/stored-stream.js';
import { START_MS, type Step, streamSteps } from '../../test/stream-steps.js';
import { CustomerEngine } from './customer-engine.js';
import { COMPUTED_FEATURE_NAMES, COMPUTED_FEATURES } from '../catalog/fraud-detection-features.js';
import { idHash } from '../plan/id-hash.js';
import { segmentKeys } from '../packed/packed-ring.js';
import { STATE_VERSION } from '../packed/state-layout.js';
import { planVector } from '../plan/vector-plan.js';

const SEED = 20181123;
const PLAN = planVector(COMPUTED_FEATURES);
const END_MS = 60 * DAY_MS;

/** A pseudo-random generator with a fixed seed. */
function seeded(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** One customer and one terminal with very many transactions over 60 days, some late, many labelled. */
function* largeLog(count: number, lateOneIn: number): Generator<Step> {
  const below = seeded(77);
  for (let i = 0; i < count; i++) {
    const lateMs = below(lateOneIn) === 0 ? below(2 * DAY_MS) : 0;
    const atMs = START_MS + Math.floor((i * END_MS) / count) - lateMs;
    const event = { id: `t${i}`, customer: 'c0', terminal: 'm0', atMs, amountMinor: below(20_000) };
    yield { kind: 'transaction', ...event };
    if (below(10) > 0) continue;
    const labelledAtMs = atMs + below(12) * DAY_MS;
    yield { kind: 'label', id: event.id, terminal: 'm0', occurredAtMs: atMs, labelledAtMs, rank: 0, isFraud: true };
  }
}

describe('stored state', () => {
  test('writing, evicting and reading again at any points changes no number and no byte', () => {
    const points = fc.array(fc.constantFrom('nothing', 'commit', 'evict'), { minLength: 150, maxLength: 150 });
    fc.assert(
      fc.property(streamSteps(150), points, fc.constantFrom(2, 4, 512), (log, after, segmentRows) => {
        const undisturbed = new StoredStream(PLAN, segmentRows);
        const disturbed = new StoredStream(PLAN, segmentRows);
        log.forEach((step, i) => {
          expect(disturbed.take(step)).toEqual(undisturbed.take(step));
          if (after[i] !== 'nothing') disturbed.commit();
          if (after[i] === 'evict') disturbed.evict();
        });
        undisturbed.commit();
        disturbed.commit();
        expect(contentOf(disturbed.store)).toBe(contentOf(undisturbed.store));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('a segmented entity has the same values as an undivided one', () => {
    fc.assert(
      fc.property(streamSteps(120), (log) => {
        const whole = new StoredStream(PLAN);
        const divided = new StoredStream(PLAN, 3);
        for (const step of log) expect(divided.take(step)).toEqual(whole.take(step));
      }),
      { seed: SEED, numRuns: 150 },
    );
  });
});

describe('an entity of very many transactions', () => {
  test(
    'has the features of the model across segments, evictions, late transactions and labels',
    { timeout: 60_000 },
    () => {
      const model = new NaiveStream();
      const stream = new StoredStream(PLAN);
      let i = 0;
      for (const step of largeLog(3_500, 20)) {
        const { vector } = stream.take(step);
        const expected = step.kind === 'label' ? void model.label(step) : model.transaction(step, ++i % 101 === 0);
        if (i % 400 === 0) {
          stream.commit();
          stream.evict();
        }
        if (expected === undefined) continue;
        COMPUTED_FEATURE_NAMES.forEach((name, slot) => {
          const wanted = expected.get(name) ?? Number.NaN;
          // The customer engine does not write features of the transaction alone.
          if (name.startsWith('tx_')) return;
          if (Math.abs((vector[slot] ?? Number.NaN) - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))) return;
          throw new Error(`step ${i}: ${name} is ${vector[slot]}, the model has ${wanted}`);
        });
      }
      stream.commit();

      expect(segmentKeys('terminal', 'm0', stream.store.get('terminal m0') ?? new Uint8Array()).length).toBeGreaterThan(
        2,
      );
    },
  );

  test('is written in parts: the size of a commit does not grow with the number of events held', () => {
    const stream = new StoredStream(PLAN);
    const sizes: number[] = [];
    let i = 0;
    for (const step of largeLog(12_000, 12_000)) {
      if (step.kind === 'label') continue;
      stream.take(step);
      if (++i % 200 > 0) continue;
      stream.commit();
      sizes.push(stream.written);
    }

    expect(stream.store.size).toBeGreaterThan(20);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
  });

  test('removes a segment when all its transactions are evicted', () => {
    const stream = new StoredStream(PLAN, 4);
    for (let i = 0; i < 100; i++) stream.take(aTransaction(i, START_MS + i));
    stream.commit();
    const before = stream.store.size;

    stream.take(aTransaction(100, START_MS + 50 * DAY_MS));
    stream.commit();

    expect(before).toBeGreaterThan(40);
    expect([...stream.store.keys()].toSorted()).toEqual(['customer c0', 'terminal m0']);
  });
});

function aTransaction(i: number, atMs: number): Step {
  return { kind: 'transaction', id: `t${i}`, customer: 'c0', terminal: 'm0', atMs, amountMinor: 100 };
}

describe('entities in memory', () => {
  const event = { idHash: idHash('t'), occurredAtMs: START_MS, amountMinor: 100 };

  test('the least recently used are evicted first, and changed ones are kept', () => {
    const engine = new CustomerEngine(PLAN);
    const out = new Float64Array(PLAN.length);
    for (const id of ['a', 'b', 'c', 'd']) engine.apply(engine.open(id), event, out);
    engine.takeChanges();
    engine.apply(engine.find('a'), { ...event, idHash: idHash('u') }, out);

    engine.trim(2);

    expect(['a', 'b', 'c', 'd'].map((id) => engine.find(id) >= 0)).toEqual([true, false, false, true]);
    engine.trim(0);
    expect(engine.size).toBe(1);
  });

  test('a second lookup in the same order gives the same entities, whatever was evicted in between', () => {
    const engine = new CustomerEngine(PLAN);
    const ids = ['a', 'b', 'c', 'd'];
    const handles = ids.map((id) => engine.open(id));
    expect(ids.map((id) => engine.find(id))).toEqual(handles);

    expect(engine.findOrOpen('a')).toBe(handles[0]);
    expect(engine.findOrOpen('c')).toBe(handles[2]);
    engine.drop('b');
    const replaced = engine.open('e');

    expect(replaced).toBe(handles[1]);
    expect(engine.findOrOpen('b')).not.toBe(handles[1]);
    expect(engine.findOrOpen('e')).toBe(replaced);
    expect(engine.findOrOpen('d')).toBe(handles[3]);
  });

  test('rows are evicted in time, however rarely the rows held are read', () => {
    const days = [0, 1, 30, 36, 38, 60, 66, 69, 70, 71, 74, 75, 106, 111, 112, 200, 216, 232, 236, 237, 240];
    const out = new Float64Array(PLAN.length);
    const always = new CustomerEngine(PLAN);
    const watched = always.open('a');
    days.forEach((day, last) => {
      const seldom = new CustomerEngine(PLAN);
      const unwatched = seldom.open('a');
      const events = days.map((at) => ({ ...event, idHash: idHash(`t${at}`), occurredAtMs: START_MS + at * DAY_MS }));
      for (const one of events.slice(0, last + 1)) seldom.apply(unwatched, one, out);
      always.apply(watched, events[last] ?? event, out);

      expect(always.eventCount(watched)).toBe(days.filter((other) => other <= day && other > day - 37).length);
      expect(seldom.pack(unwatched)).toEqual(always.pack(watched));
    });
  });

  test('an id is forgotten with its row', () => {
    const engine = new CustomerEngine(PLAN);
    const out = new Float64Array(PLAN.length);
    const entity = engine.open('a');
    const outcomes = [0, 36, 37, 38].map((day) =>
      engine.apply(entity, { ...event, idHash: idHash(`t${day % 36}`), occurredAtMs: START_MS + day * DAY_MS }, out),
    );

    expect(outcomes).toEqual(['applied', 'reused', 'applied', 'applied']);
    expect(engine.apply(entity, { ...event, idHash: idHash('t0'), occurredAtMs: START_MS + 38 * DAY_MS }, out)).toBe(
      'applied',
    );
  });

  test('only what has changed is written', () => {
    const engine = new CustomerEngine(PLAN);
    const out = new Float64Array(PLAN.length);
    engine.apply(engine.open('a'), event, out);
    engine.apply(engine.open('b'), event, out);
    engine.takeChanges();

    expect(engine.apply(engine.find('a'), event, out)).toBe('duplicate');
    engine.apply(engine.find('b'), { ...event, idHash: idHash('u') }, out);

    expect([...engine.takeChanges().keys()]).toEqual(['b']);
    expect(engine.takeChanges().size).toBe(0);
  });

  test('a state that another version has written is refused as such, not as damaged', () => {
    const stream = new StoredStream(PLAN);
    stream.take(aTransaction(0, START_MS));
    stream.commit();
    const head = Buffer.from(stream.store.get('customer c0') ?? new Uint8Array());
    head[1] = STATE_VERSION - 1;
    head.writeUInt32LE(crc32(head.subarray(0, -4)), head.length - 4);

    expect(() => new CustomerEngine(PLAN).load('c0', { head, segments: [] })).toThrow(
      expect.objectContaining({ code: 'STATE_LAYOUT_OTHER' }),
    );
  });

  test('damaged bytes and missing segments are refused, and no memory stays allocated', () => {
    const stream = new StoredStream(PLAN, 2);
    for (let i = 0; i < 20; i++) stream.take(aTransaction(i, START_MS + i));
    stream.commit();
    const head = stream.store.get('customer c0') ?? new Uint8Array();
    const engine = new CustomerEngine(PLAN, 2);
    const corrupt = expect.objectContaining({ code: 'STATE_CORRUPT' });
    const segments = segmentKeys('customer', 'c0', head).map((key) => stream.store.get(`customer ${key}`) ?? head);

    expect(() => engine.load('c0', { head, segments: segments.slice(1) })).toThrow(corrupt);
    expect(() => engine.load('c0', { head, segments: [head, ...segments.slice(1)] })).toThrow(corrupt);
    expect(() => segmentKeys('customer', 'c0', head.with(9, 77))).toThrow(corrupt);
    expect(engine.size).toBe(0);
    expect(engine.eventCount(engine.load('c0', { head, segments }))).toBe(20);
  });
});
