import { DAY_MS, SECOND_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NaiveCustomer, type NaiveTransaction } from '../../test/naive-customer.js';
import { counterpartOf } from '../plan/counterpart.js';
import { CustomerState } from './customer-state.js';
import { idHash } from '../plan/id-hash.js';
import type { StateEvent } from '../plan/state-event.js';

const START_MS = Date.UTC(2018, 3, 1);
const SEED = 20180401;

function event(id: string, atMs: number, amountMinor = 1000): StateEvent {
  return { idHash: idHash(id), occurredAtMs: atMs, amountMinor };
}

function read(state: CustomerState, atMs: number, request?: StateEvent): number[] {
  const out = new Float64Array(15);
  state.peek(atMs, request, out);
  return [...out.subarray(3, 9)];
}

function emitted(state: CustomerState, atMs: number): number[] {
  const out = new Float64Array(15);
  state.features(atMs, out);
  return [...out.subarray(3, 9)];
}

const bytesOf = (state: CustomerState): string => Buffer.from(state.encode()).toString('hex');

/**
 * Steps from the newest event: ties, and milliseconds around every window edge and the lateness bound; also negative.
 */
const stepMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 * DAY_MS }) },
  { weight: 2, arbitrary: fc.integer({ min: -7 * DAY_MS, max: 0 }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 0.5, 1, 7, 30, 37, -0.5, -1, -7, -8), fc.constantFrom(-1, 0, 1))
      .map(([days, jitter]) => days * DAY_MS + jitter),
  },
  // Times are stored in 32 bits, relative to the newest one.
  {
    weight: 1,
    arbitrary: fc.constantFrom(12 * DAY_MS, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 34),
  },
);

const amount = fc.oneof(fc.integer({ min: 1, max: 50_000 }), fc.constantFrom(0, 1, -500, 2 ** 32, 1e12 - 1, 1e12));

const transactions = fc
  .array(fc.record({ id: fc.nat(100), stepMs, amountMinor: amount }), { minLength: 1, maxLength: 80, size: 'max' })
  .map((steps) => {
    let newest = START_MS;
    return steps.map((step): NaiveTransaction => {
      const atMs = newest + step.stepMs;
      newest = Math.max(newest, atMs);
      return { id: String(step.id), atMs, amountMinor: step.amountMinor };
    });
  });

describe('customer state against a model that filters all events', () => {
  test('outcomes and emitted features are equal, and a peek before a transaction returns the same features as applying it', () => {
    fc.assert(
      fc.property(transactions, (log) => {
        const state = CustomerState.empty();
        const model = new NaiveCustomer();
        for (const tx of log) {
          const request = event(tx.id, tx.atMs, tx.amountMinor);
          const peeked = read(state, tx.atMs, request);
          const outcome = state.apply(request);
          expect(outcome).toBe(model.apply(tx));
          if (outcome !== 'applied' && outcome !== 'late') continue;
          expect(emitted(state, tx.atMs)).toEqual(model.features(tx.atMs));
          expect(peeked).toEqual(model.features(tx.atMs));
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('reads as of any time from the lateness bound on are equal, and change nothing', () => {
    const offsets = fc.array(fc.tuple(fc.constantFrom(-7, -1, 0, 1, 7, 30, 40), fc.constantFrom(0, 1)));
    fc.assert(
      fc.property(transactions, offsets, (log, reads) => {
        const state = CustomerState.empty();
        const model = new NaiveCustomer();
        for (const tx of log) {
          state.apply(event(tx.id, tx.atMs, tx.amountMinor));
          model.apply(tx);
        }
        const before = bytesOf(state);
        for (const [days, jitter] of reads) {
          const atMs = model.newestMs + days * DAY_MS + jitter;
          expect(read(state, atMs)).toEqual(model.features(atMs));
        }
        expect(bytesOf(state)).toBe(before);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('bytes are a function of the events alone: packing and unpacking in between has no effect', () => {
    fc.assert(
      fc.property(transactions, fc.integer({ min: 1, max: 7 }), (log, every) => {
        const undisturbed = CustomerState.empty();
        let disturbed = CustomerState.empty();
        log.forEach((tx, i) => {
          const next = event(tx.id, tx.atMs, tx.amountMinor);
          expect(disturbed.apply(next)).toBe(undisturbed.apply(next));
          if (i % every === 0) disturbed = CustomerState.decode(disturbed.encode());
          expect(emitted(disturbed, tx.atMs)).toEqual(emitted(undisturbed, tx.atMs));
        });
        expect(bytesOf(disturbed)).toBe(bytesOf(undisturbed));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('a replay of events that are still held changes nothing', () => {
    fc.assert(
      fc.property(transactions, (log) => {
        const state = CustomerState.empty();
        const outcomes = log.map((tx) => state.apply(event(tx.id, tx.atMs, tx.amountMinor)));
        const before = bytesOf(state);
        const held = log.filter(
          (tx, i) => (outcomes[i] === 'applied' || outcomes[i] === 'late') && tx.atMs > state.newestAtMs - 37 * DAY_MS,
        );

        const again = held.map((tx) => state.apply(event(tx.id, tx.atMs, tx.amountMinor)));
        const others = held.map((tx) => state.apply(event(tx.id, tx.atMs + SECOND_MS, tx.amountMinor)));

        expect(again.every((outcome) => outcome === 'duplicate')).toBe(true);
        expect(others.every((outcome) => outcome === 'reused')).toBe(true);
        expect(bytesOf(state)).toBe(before);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

describe('customer state', () => {
  test('an event exactly one window old is outside, and one a millisecond newer is inside', () => {
    const state = CustomerState.empty();
    state.apply(event('a', START_MS, 1000));
    state.apply(event('b', START_MS + 1, 3000));

    state.apply(event('c', START_MS + DAY_MS, 5000));

    expect(emitted(state, START_MS + DAY_MS).slice(0, 4)).toEqual([2, 40, 3, 30]);
  });

  test('events of the same millisecond count only those before them, also in a later read', () => {
    const state = CustomerState.empty();
    state.apply(event('a', START_MS, 1000));
    const first = emitted(state, START_MS);
    state.apply(event('b', START_MS, 3000));

    expect(first.slice(0, 2)).toEqual([1, 10]);
    expect(emitted(state, START_MS).slice(0, 2)).toEqual([2, 20]);
    expect(read(state, START_MS, event('a', START_MS, 1000)).slice(0, 2)).toEqual([1, 10]);
  });

  test('a transaction under a used id differs from a repeat by its time, amount and terminal', () => {
    const state = CustomerState.empty();
    const first = { ...event('a', START_MS, 1000), counterpart: counterpartOf('m1') };
    state.apply(first);
    const bytes = bytesOf(state);

    const others = [first, { ...first, amountMinor: 1 }, { ...first, counterpart: counterpartOf('m2') }];
    const outcomes = [...others, { ...first, occurredAtMs: START_MS + 1 }].map((one) => state.apply(one));

    expect(outcomes).toEqual(['duplicate', 'reused', 'reused', 'reused']);
    expect(bytesOf(state)).toBe(bytes);
  });

  test('windows shrink as time passes without a transaction, until they are empty and the mean is 0', () => {
    const state = CustomerState.empty();
    state.apply(event('a', START_MS, 1000));

    expect(read(state, START_MS + DAY_MS)).toEqual([0, 0, 1, 10, 1, 10]);
    expect(read(state, START_MS + 30 * DAY_MS)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("an unseen customer can be read repeatedly, and only the request's transaction counts", () => {
    const state = CustomerState.empty();
    const request = event('a', START_MS, 1234);

    const answers = [1, 2, 3].map(() => read(state, START_MS, request));

    expect(answers).toEqual(Array.from({ length: 3 }, () => [1, 12.34, 1, 12.34, 1, 12.34]));
    expect(read(state, START_MS)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('an event at the lateness bound is inserted, one a millisecond older is not', () => {
    const state = CustomerState.empty();
    state.apply(event('now', START_MS + 7 * DAY_MS));

    expect(state.apply(event('beyond', START_MS - 1))).toBe('too_late');
    expect(state.apply(event('bound', START_MS))).toBe('late');
    expect(state.eventCount).toBe(2);
  });

  test('sums do not drift: after a million cents in and out the mean of one cent is one cent', () => {
    const state = CustomerState.empty();
    for (let i = 0; i < 20_000; i++) state.apply(event(`big${i}`, START_MS + i * 10, 1e12 / 20_000 + i));

    state.apply(event('one', START_MS + 40 * DAY_MS, 1));

    expect(emitted(state, START_MS + 40 * DAY_MS)).toEqual([1, 0.01, 1, 0.01, 1, 0.01]);
  });

  test('a hot key recognises its duplicates and late events, and frees its memory when its traffic decreases', () => {
    const state = CustomerState.empty();
    for (let i = 0; i < 5_000; i++) state.apply(event(`t${i}`, START_MS + i * SECOND_MS));
    const largeBytes = state.byteLength;

    expect(state.apply(event('t17', START_MS + 6_000 * SECOND_MS))).toBe('reused');
    expect(state.apply(event('t17', START_MS + 17 * SECOND_MS))).toBe('duplicate');
    expect(state.apply(event('between', START_MS + 500))).toBe('late');
    expect(state.apply(event('between', START_MS + 500))).toBe('duplicate');
    expect(state.eventCount).toBe(5_001);
    for (let i = 0; i < 20_000; i++) state.apply(event(`shrink${i}`, START_MS + (40 + i) * DAY_MS));
    expect(state.eventCount).toBe(37);
    expect(state.byteLength).toBeLessThan(largeBytes / 10);
  });

  test.each([
    ['a fractional time', { occurredAtMs: 0.5 }, 'occurredAtMs'],
    ['a time that is not a number', { occurredAtMs: NaN }, 'occurredAtMs'],
    ['a fractional amount', { amountMinor: 0.5 }, 'amountMinor'],
    ['an infinite amount', { amountMinor: Infinity }, 'amountMinor'],
    ['an amount above the bound', { amountMinor: 1e12 + 1 }, 'amountMinor'],
  ])('%s is refused by name and changes nothing', (_, wrong, field) => {
    const state = CustomerState.empty();
    const before = bytesOf(state);

    expect(() => state.apply({ ...event('a', START_MS), ...wrong })).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', field }),
    );
    expect(bytesOf(state)).toBe(before);
  });

  test('any flipped bit and any cut is refused as corrupt', () => {
    const state = CustomerState.empty();
    for (let i = 0; i < 5; i++) state.apply(event(`t${i}`, START_MS + i * DAY_MS, i * 100));
    const bytes = state.encode();
    const corrupt = expect.objectContaining({ code: 'STATE_CORRUPT' });

    for (let i = 0; i < bytes.length; i++) {
      const flipped = Uint8Array.from(bytes);
      flipped[i] = (flipped[i] ?? 0) ^ (1 << (i % 8));
      expect(() => CustomerState.decode(flipped)).toThrow(corrupt);
      expect(() => CustomerState.decode(bytes.subarray(0, i))).toThrow(corrupt);
    }
  });
});
