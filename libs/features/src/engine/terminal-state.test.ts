import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NaiveLabel, NaiveTerminal } from '../../test/naive-terminal.js';
import { counterpartOf } from '../plan/counterpart.js';
import { CustomerState } from './customer-state.js';
import { idHash } from '../plan/id-hash.js';
import type { LabelEvent, StateEvent } from '../plan/state-event.js';
import { TerminalState } from './terminal-state.js';
import { MAX_PARKED_LABELS } from '../catalog/time-rules.js';

const START_MS = Date.UTC(2018, 3, 1);
const SEED = 20180814;
const CHARGEBACK = 0;
const EARLY_WARNING = 3;

type Step =
  | { readonly kind: 'transaction'; readonly id: string; readonly atMs: number }
  | ({ readonly kind: 'label' } & NaiveLabel);

function event(id: string, atMs: number): StateEvent {
  return { idHash: idHash(id), occurredAtMs: atMs, amountMinor: 100 };
}

function label(id: string, occurredAtMs: number, labelledAtMs: number, more: Partial<LabelEvent> = {}): LabelEvent {
  return { idHash: idHash(id), occurredAtMs, labelledAtMs, isFraud: true, sourceRank: CHARGEBACK, ...more };
}

function stateLabel(step: NaiveLabel): LabelEvent {
  return label(step.id, step.occurredAtMs, step.labelledAtMs, { isFraud: step.isFraud, sourceRank: step.rank });
}

function take(state: TerminalState, step: Step): string {
  return step.kind === 'label' ? state.applyLabel(stateLabel(step)) : state.apply(event(step.id, step.atMs));
}

function read(state: TerminalState, atMs: number, request?: StateEvent): number[] {
  const out = new Float64Array(15);
  state.peek(atMs, request, out);
  return [...out.subarray(9, 15)];
}

function emitted(state: TerminalState, atMs: number): number[] {
  const out = new Float64Array(15);
  state.features(atMs, out);
  return [...out.subarray(9, 15)];
}

const bytesOf = (state: TerminalState): string => Buffer.from(state.encode()).toString('hex');

const edgeMs = (days: number[]): fc.Arbitrary<number> =>
  fc.tuple(fc.constantFrom(...days), fc.constantFrom(-1, 0, 1)).map(([day, jitter]) => day * DAY_MS + jitter);

const stepMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 * DAY_MS }) },
  { weight: 4, arbitrary: fc.integer({ min: -7 * DAY_MS, max: 0 }) },
  { weight: 3, arbitrary: edgeMs([0, 1, 7, 8, -1, -7, -8]) },
  { weight: 1, arbitrary: edgeMs([14, 37, 44]) },
  // Times are stored in 32 bits, relative to the newest one.
  {
    weight: 1,
    arbitrary: fc.constantFrom(12 * DAY_MS, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 34),
  },
);

const rawStep = fc.record({
  isLabel: fc.boolean(),
  isFresh: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
  back: fc.nat(8),
  stepMs,
  labelAgeMs: fc.oneof(edgeMs([0, 1, 5, 7, 9, 20]), fc.integer({ min: 0, max: 20 * DAY_MS })),
  rank: fc.nat(4),
  isFraud: fc.boolean(),
});

/**
 * Logs of transactions and labels. Most labels belong to one of the last transactions; the others to a later one,
 * with a wrong time. Most transactions are new; the others repeat an id.
 */
const steps: fc.Arbitrary<Step[]> = fc.array(rawStep, { minLength: 1, maxLength: 100, size: 'max' }).map((raw) => {
  const timeOf: number[] = [];
  let newest = START_MS;
  return raw.map((step): Step => {
    const target = step.isFresh ? timeOf.length - 1 - step.back : timeOf.length + step.back;
    if (step.isLabel) {
      const id = Math.max(0, target);
      const occurredAtMs = timeOf[id] ?? newest + step.stepMs;
      return { ...step, kind: 'label', id: String(id), occurredAtMs, labelledAtMs: occurredAtMs + step.labelAgeMs };
    }
    const atMs = newest + step.stepMs;
    newest = Math.max(newest, atMs);
    const id = step.isFresh ? timeOf.push(atMs) - 1 : Math.max(0, timeOf.length - 1 - step.back);
    return { kind: 'transaction', id: String(id), atMs };
  });
});

describe('terminal state against a model that filters all events and labels', () => {
  test('outcomes and emitted features are equal, and a peek before a transaction returns the same features as applying it', () => {
    fc.assert(
      fc.property(steps, (log) => {
        const state = TerminalState.empty();
        const model = new NaiveTerminal();
        for (const step of log) {
          if (step.kind === 'label') {
            expect(state.applyLabel(stateLabel(step))).toBe(model.applyLabel(step));
            continue;
          }
          const request = event(step.id, step.atMs);
          const peeked = read(state, step.atMs, request);
          const outcome = state.apply(request);
          expect(outcome).toBe(model.apply(step.id, step.atMs));
          if (outcome !== 'applied' && outcome !== 'late') continue;
          expect(emitted(state, step.atMs)).toEqual(model.features(step.atMs));
          expect(peeked).toEqual(model.features(step.atMs));
        }
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  test('reads as of any time from the lateness bound on are equal after every step, and change nothing', () => {
    fc.assert(
      fc.property(steps, edgeMs([-6, -1, 0, 1, 7, 8, 14, 37, 44]), (log, offsetMs) => {
        const state = TerminalState.empty();
        const model = new NaiveTerminal();
        for (const step of log) {
          take(state, step);
          if (step.kind === 'label') model.applyLabel(step);
          else model.apply(step.id, step.atMs);
          const atMs = Number.isFinite(model.newestMs) ? model.newestMs + offsetMs : START_MS;
          expect(read(state, atMs)).toEqual(model.features(atMs));
          if (Number.isFinite(model.newestMs))
            expect(emitted(state, model.newestMs)).toEqual(model.features(model.newestMs));
        }
        const before = bytesOf(state);
        read(state, model.newestMs + offsetMs, event('not seen', model.newestMs));
        expect(bytesOf(state)).toBe(before);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('bytes are a function of the log alone: packing and unpacking in between has no effect', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 7 }), (log, every) => {
        const undisturbed = TerminalState.empty();
        let disturbed = TerminalState.empty();
        log.forEach((step, i) => {
          expect(take(disturbed, step)).toBe(take(undisturbed, step));
          if (i % every === 0) disturbed = TerminalState.decode(disturbed.encode());
          if (step.kind === 'transaction')
            expect(emitted(disturbed, step.atMs)).toEqual(emitted(undisturbed, step.atMs));
        });
        expect(bytesOf(disturbed)).toBe(bytesOf(undisturbed));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('no leakage: labels that become available after t, in any number and of any value, change no feature at t', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (log, flipped) => {
        const honest = TerminalState.empty();
        const leaking = TerminalState.empty();
        const times = log.flatMap((step) => (step.kind === 'transaction' ? [step.atMs] : []));
        const lastMs = Math.max(START_MS, ...times);
        for (const step of log) {
          if (step.kind === 'transaction') expect(take(leaking, step)).toBe(take(honest, step));
          else if (step.labelledAtMs <= lastMs) [honest, leaking].forEach((state) => take(state, step));
        }
        const future = log.flatMap((step) => (step.kind === 'transaction' ? [step] : []));

        for (const tx of future) {
          leaking.applyLabel(label(tx.id, tx.atMs, lastMs + 1, { isFraud: flipped, sourceRank: CHARGEBACK }));
        }

        expect(read(leaking, lastMs)).toEqual(read(honest, lastMs));
        expect(emitted(leaking, lastMs)).toEqual(emitted(honest, lastMs));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('terminal state', () => {
  test('a transaction enters its windows exactly when it is seven days old, and leaves them W later', () => {
    const state = TerminalState.empty();
    state.apply(event('a', START_MS));

    expect(read(state, START_MS + 7 * DAY_MS - 1)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(read(state, START_MS + 7 * DAY_MS)).toEqual([1, 0, 1, 0, 1, 0]);
    expect(read(state, START_MS + 8 * DAY_MS)).toEqual([0, 0, 1, 0, 1, 0]);
    expect(read(state, START_MS + 37 * DAY_MS)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('a transaction younger than seven days changes nothing, whatever its label is', () => {
    const state = TerminalState.empty();
    state.apply(event('old', START_MS));
    const nowMs = START_MS + 7 * DAY_MS;
    const before = read(state, nowMs);

    state.apply(event('young', START_MS + 1));
    state.applyLabel(label('young', START_MS + 1, START_MS + DAY_MS));

    expect(read(state, nowMs)).toEqual(before);
  });

  test('a label counts from the moment it is available, not before', () => {
    const state = TerminalState.empty();
    state.apply(event('a', START_MS));
    state.applyLabel(label('a', START_MS, START_MS + 7 * DAY_MS + 5));

    expect(read(state, START_MS + 7 * DAY_MS + 4)[1]).toBe(0);
    expect(read(state, START_MS + 7 * DAY_MS + 5)[1]).toBe(1);
  });

  test('a label that arrives while its transaction is in the window counts from then on in the incremental aggregates', () => {
    const state = TerminalState.empty();
    const nowMs = START_MS + 7 * DAY_MS;
    state.apply(event('a', START_MS));
    state.apply(event('b', nowMs));
    const before = emitted(state, nowMs);

    const outcome = state.applyLabel(label('a', START_MS, START_MS + DAY_MS));

    expect(outcome).toBe('applied');
    expect(before).toEqual([1, 0, 1, 0, 1, 0]);
    expect(emitted(state, nowMs)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('a label that arrives before its transaction is pending, even if it states a wrong time', () => {
    const state = TerminalState.empty();

    expect(state.applyLabel(label('a', START_MS + 999, START_MS))).toBe('parked');
    expect(state.parkedLabelCount).toBe(1);
    state.apply(event('a', START_MS));

    expect(state.parkedLabelCount).toBe(0);
    expect(read(state, START_MS + 7 * DAY_MS)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('labels stay with their transactions when a late one is inserted before them', () => {
    const state = TerminalState.empty();
    state.apply(event('a', START_MS));
    state.apply(event('b', START_MS + 2 * DAY_MS));
    state.applyLabel(label('b', START_MS + 2 * DAY_MS, START_MS + 9 * DAY_MS));

    expect(state.apply(event('late', START_MS + DAY_MS))).toBe('late');

    expect(read(state, START_MS + 9 * DAY_MS)).toEqual([1, 1, 3, 1 / 3, 3, 1 / 3]);
    state.apply(event('now', START_MS + 9 * DAY_MS));
    expect(emitted(state, START_MS + 9 * DAY_MS)).toEqual([1, 1, 3, 1 / 3, 3, 1 / 3]);
  });

  test('a more trusted source corrects a less trusted one from its own time on, and is not corrected back', () => {
    const state = TerminalState.empty();
    state.apply(event('a', START_MS));
    const warning = label('a', START_MS, START_MS + 7 * DAY_MS, { sourceRank: EARLY_WARNING });
    const chargeback = label('a', START_MS, START_MS + 7 * DAY_MS + 10, { isFraud: false });

    const outcomes = [warning, warning, chargeback, warning, chargeback].map((each) => state.applyLabel(each));

    expect(outcomes).toEqual(['applied', 'duplicate', 'applied', 'duplicate', 'duplicate']);
    expect(state.applyLabel({ ...warning, labelledAtMs: START_MS + 8 * DAY_MS })).toBe('superseded');
    expect(read(state, START_MS + 7 * DAY_MS + 9)[1]).toBe(1);
    expect(read(state, START_MS + 7 * DAY_MS + 10)[1]).toBe(0);
  });

  test('a source corrects itself from its newer label on, whatever the order of arrival', () => {
    const first = label('a', START_MS, START_MS + 8 * DAY_MS);
    const correction = label('a', START_MS, START_MS + 9 * DAY_MS, { isFraud: false });
    const states = [
      [first, correction],
      [correction, first],
    ].map((labels) => {
      const state = TerminalState.empty();
      state.apply(event('a', START_MS));
      expect(labels.map((each) => state.applyLabel(each))).toEqual(['applied', 'applied']);
      return state;
    });

    for (const state of states) {
      expect(read(state, START_MS + 9 * DAY_MS - 1)[5]).toBe(1);
      expect(read(state, START_MS + 9 * DAY_MS)[5]).toBe(0);
      state.apply(event('now', START_MS + 10 * DAY_MS));
      expect(emitted(state, START_MS + 10 * DAY_MS)[5]).toBe(0);
    }
    expect(new Set(states.map(bytesOf)).size).toBe(1);
  });

  test("a label of a trusted source that becomes available later does not hide an analyst's that is available before", () => {
    const state = TerminalState.empty();
    state.apply(event('a', START_MS));
    state.applyLabel(label('a', START_MS, START_MS + 30 * DAY_MS));

    expect(state.applyLabel(label('a', START_MS, START_MS + DAY_MS, { sourceRank: 2, isFraud: false }))).toBe(
      'applied',
    );

    expect(read(state, START_MS + 29 * DAY_MS)[5]).toBe(0);
    expect(read(state, START_MS + 30 * DAY_MS)[5]).toBe(1);
  });

  test('the labels of one transaction are bounded: above the bound the one that was available first is dropped', () => {
    const state = TerminalState.empty();
    state.apply(event('a', START_MS));
    for (let i = 0; i < 40; i++) {
      const outcome = state.applyLabel(label('a', START_MS, START_MS + i, { isFraud: i % 2 === 0 }));
      expect(outcome).toBe('applied');
    }

    const bytes = state.encode().length;
    state.applyLabel(label('a', START_MS, START_MS + 8 * DAY_MS, { isFraud: true }));

    expect(state.encode()).toHaveLength(bytes);
    expect(read(state, START_MS + 8 * DAY_MS - 1)[5]).toBe(0);
    expect(read(state, START_MS + 8 * DAY_MS)[5]).toBe(1);
  });

  test('a transaction under a used id differs from a repeat by its time, amount and customer', () => {
    const state = TerminalState.empty();
    const first = { ...event('a', START_MS), counterpart: counterpartOf('c1') };
    state.apply(first);
    const bytes = bytesOf(state);

    const others = [first, { ...first, amountMinor: 1 }, { ...first, counterpart: counterpartOf('c2') }];
    const outcomes = [...others, { ...first, occurredAtMs: START_MS + 1 }].map((one) => state.apply(one));

    expect(outcomes).toEqual(['duplicate', 'reused', 'reused', 'reused']);
    expect(bytesOf(state)).toBe(bytes);
  });

  test('a label of a transaction that was evicted, or can no longer arrive, is too late', () => {
    const state = TerminalState.empty();
    state.apply(event('a', START_MS));
    state.apply(event('b', START_MS + 44 * DAY_MS));

    expect(state.eventCount).toBe(1);
    expect(state.applyLabel(label('a', START_MS, START_MS))).toBe('too_late');
    expect(state.applyLabel(label('never seen', START_MS + 37 * DAY_MS - 1, START_MS))).toBe('too_late');
    expect(state.applyLabel(label('may come', START_MS + 37 * DAY_MS, START_MS))).toBe('parked');
  });

  test('pending labels are bounded, and those that can no longer arrive are dropped', () => {
    const state = TerminalState.empty();
    for (let i = 0; i < MAX_PARKED_LABELS; i++) state.applyLabel(label(`p${i}`, START_MS, START_MS));

    expect(state.applyLabel(label('one more', START_MS, START_MS))).toBe('parking_full');
    state.apply(event('later', START_MS + 8 * DAY_MS));
    expect(state.applyLabel(label('one more', START_MS + 8 * DAY_MS, START_MS))).toBe('parked');
    expect(state.parkedLabelCount).toBe(1);
  });

  test('memory of a busy terminal whose every transaction is labelled stays bounded', () => {
    const state = TerminalState.empty();
    for (let i = 0; i < 20_000; i++) {
      const atMs = START_MS + i * (DAY_MS / 4);
      state.apply(event(`t${i}`, atMs));
      state.applyLabel(label(`t${i}`, atMs, atMs + 7 * DAY_MS, { isFraud: i % 50 === 0 }));
    }

    expect(state.eventCount).toBe(44 * 4);
    expect(state.byteLength).toBeLessThan(30_000);
    expect(state.encode().length).toBeLessThan(6_000);
  });

  test('a source rank outside the list is refused by name', () => {
    const state = TerminalState.empty();

    expect(() => state.applyLabel(label('a', START_MS, START_MS, { sourceRank: 5 }))).toThrow(
      expect.objectContaining({ code: 'EVENT_INVALID', field: 'sourceRank' }),
    );
  });

  test('a state of another kind is refused as corrupt', () => {
    const corrupt = expect.objectContaining({ code: 'STATE_CORRUPT' });

    expect(() => TerminalState.decode(CustomerState.empty().encode())).toThrow(corrupt);
    expect(() => CustomerState.decode(TerminalState.empty().encode())).toThrow(corrupt);
  });
});
