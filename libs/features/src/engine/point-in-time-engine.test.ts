import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NaiveStream } from '../../test/naive-vector.js';
import { START_MS, stateEvent, stateLabel, type Step, streamSteps } from '../../test/stream-steps.js';
import { COMPUTED_FEATURE_NAMES, COMPUTED_FEATURES } from '../catalog/fraud-detection-features.js';
import { idHash } from '../plan/id-hash.js';
import { PointInTimeEngine } from './point-in-time-engine.js';
import type { StateEvent } from '../plan/state-event.js';
import { planVector } from '../plan/vector-plan.js';

const SEED = 20260421;
const PLAN = planVector(COMPUTED_FEATURES);

/** Runs a log. @returns a vector per transaction that is not a duplicate */
function vectorsOf(engine: PointInTimeEngine, log: readonly Step[]): (Float64Array | undefined)[] {
  return log.map((step) => {
    if (step.kind === 'label') {
      engine.label(step.terminal, stateLabel(step));
      return undefined;
    }
    const out = new Float64Array(PLAN.length).fill(Number.NaN);
    const outcome = engine.transaction(step.customer, step.terminal, stateEvent(step), out);
    return outcome === 'duplicate' ? undefined : out;
  });
}

const timeOf = (step: Step): number => (step.kind === 'label' ? step.occurredAtMs : step.atMs);
/** True if no earlier transaction has the same id. */
const isFirst = (log: readonly Step[], step: Step): boolean =>
  log.find((other) => other.kind === 'transaction' && other.id === step.id) === step;

const byName = (vector: Float64Array): [string, number][] =>
  COMPUTED_FEATURE_NAMES.map((name, slot) => [name, vector[slot] as number]);

/** The model rounds ratios and deviations differently; whole numbers must be equal. */
function expectAlike(vector: Float64Array, expected: ReadonlyMap<string, number>): void {
  for (const [name, value] of byName(vector)) {
    const wanted = expected.get(name) ?? Number.NaN;
    if (Math.abs(value - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))) continue;
    throw new Error(`${name} is ${value}, the model has ${wanted}`);
  }
}

describe('every feature of the stream against a model that filters all events and labels', () => {
  test('all values of all transactions are equal', () => {
    fc.assert(
      fc.property(streamSteps(150), (log) => {
        const model = new NaiveStream();
        const vectors = vectorsOf(new PointInTimeEngine(PLAN), log);
        log.forEach((step, i) => {
          const expected = step.kind === 'label' ? void model.label(step) : model.transaction(step);
          const vector = vectors[i];
          expect(vector === undefined).toBe(expected === undefined);
          if (vector !== undefined && expected !== undefined) expectAlike(vector, expected);
        });
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  test('reads with a transaction, before and after it is applied, return the values of the stream', () => {
    fc.assert(
      fc.property(streamSteps(80), (log) => {
        const engine = new PointInTimeEngine(PLAN);
        const read = new Float64Array(PLAN.length);
        for (const step of log) {
          if (step.kind === 'label') {
            engine.label(step.terminal, stateLabel(step));
            continue;
          }
          const keys = { customerId: step.customer, terminalId: step.terminal };
          engine.read(keys, step.atMs, stateEvent(step), read);
          const before = [...read];
          const out = new Float64Array(PLAN.length);
          const outcome = engine.transaction(step.customer, step.terminal, stateEvent(step), out);
          if (outcome !== 'applied') continue;
          engine.read(keys, step.atMs, stateEvent(step), read);
          expect(before).toEqual([...out]);
          expect([...read]).toEqual([...out]);
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  test('reads change nothing, and the plan of one feature has the values of the whole plan', () => {
    fc.assert(
      fc.property(streamSteps(60), fc.nat(PLAN.length - 1), fc.integer({ min: -5, max: 40 }), (log, slot, days) => {
        const feature = COMPUTED_FEATURES[slot];
        if (feature === undefined) return;
        const whole = new PointInTimeEngine(PLAN);
        const single = new PointInTimeEngine(planVector([feature]));
        const undisturbed = vectorsOf(new PointInTimeEngine(PLAN), log);
        const out = new Float64Array(1);
        const all = new Float64Array(PLAN.length);
        log.forEach((step, i) => {
          const [vector] = vectorsOf(whole, [step]);
          expect(vector).toEqual(undisturbed[i]);
          if (step.kind === 'label') return void single.label(step.terminal, stateLabel(step));
          single.transaction(step.customer, step.terminal, stateEvent(step), out);
          const keys = { customerId: step.customer, terminalId: step.terminal };
          whole.read(keys, step.atMs + days * DAY_MS, undefined, all);
          single.read(keys, step.atMs + days * DAY_MS, undefined, out);
          expect(out[0]).toEqual(all[slot]);
        });
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});

describe('nothing leaks', () => {
  const entities = ['c0', 'c1', 'c2'].flatMap((customerId) =>
    ['m0', 'm1'].map((terminalId) => ({ customerId, terminalId })),
  );

  /**
   * Labels transactions in one of two engines with the same log. @returns number of reads at `atMs` that then differ
   */
  const differences = (
    log: readonly Step[],
    labelled: readonly (Step & { kind: 'transaction' })[],
    { labelledAtMs, atMs, isFraud }: { labelledAtMs: (step: Step) => number; atMs: number; isFraud: boolean },
  ): number => {
    const [honest, leaking] = [new PointInTimeEngine(PLAN), new PointInTimeEngine(PLAN)];
    for (const engine of [honest, leaking]) vectorsOf(engine, log);
    for (const step of labelled)
      leaking.label(step.terminal, { ...stateEvent(step), isFraud, labelledAtMs: labelledAtMs(step), sourceRank: 0 });
    const [expected, read] = [new Float64Array(PLAN.length), new Float64Array(PLAN.length)];
    return entities.filter((keys) => {
      honest.read(keys, atMs, undefined, expected);
      leaking.read(keys, atMs, undefined, read);
      return !Buffer.from(expected.buffer).equals(Buffer.from(read.buffer));
    }).length;
  };
  const transactionsOf = (log: readonly Step[]): (Step & { kind: 'transaction' })[] =>
    log.filter((step) => step.kind === 'transaction' && isFirst(log, step)) as (Step & { kind: 'transaction' })[];

  test('labels of transactions younger than seven days change no feature although they are available, and change features later', () => {
    let laterDifferences = 0;
    fc.assert(
      fc.property(streamSteps(80), fc.boolean(), (log, isFraud) => {
        const transactions = transactionsOf(log);
        const atMs = Math.max(START_MS, ...transactions.map(timeOf));
        const young = transactions.filter((step) => step.atMs > atMs - 7 * DAY_MS);
        const labels = { labelledAtMs: timeOf, isFraud };
        expect(differences(log, young, { ...labels, atMs })).toBe(0);
        laterDifferences += differences(log, young, { ...labels, atMs: atMs + 7 * DAY_MS });
      }),
      { seed: SEED, numRuns: 100 },
    );
    expect(laterDifferences).toBeGreaterThan(50);
  });

  test('labels change no feature before they are available, and change features from then on', () => {
    let laterDifferences = 0;
    fc.assert(
      fc.property(streamSteps(80), fc.boolean(), (log, isFraud) => {
        const transactions = transactionsOf(log);
        const atMs = Math.max(START_MS, ...transactions.map(timeOf)) + 7 * DAY_MS;
        const labels = { labelledAtMs: () => atMs, isFraud };
        expect(differences(log, transactions, { ...labels, atMs: atMs - 1 })).toBe(0);
        laterDifferences += differences(log, transactions, { ...labels, atMs });
      }),
      { seed: SEED, numRuns: 100 },
    );
    expect(laterDifferences).toBeGreaterThan(50);
  });

  test('removing every label of the last seven days before a read changes no feature of the read', () => {
    fc.assert(
      fc.property(streamSteps(80), (log) => {
        const transactions = log.filter((step) => step.kind === 'transaction' && isFirst(log, step));
        const atMs = Math.max(0, ...transactions.map(timeOf));
        const youngIds = new Set(
          transactions.filter((step) => timeOf(step) > atMs - 7 * DAY_MS).map((step) => step.id),
        );
        const whole = new PointInTimeEngine(PLAN);
        const blanked = new PointInTimeEngine(PLAN);
        // A label alone makes a terminal known, which is not a leak.
        const unique = log.filter((step) =>
          step.kind === 'label'
            ? transactions.some((tx) => tx.terminal === step.terminal)
            : transactions.includes(step),
        );
        vectorsOf(whole, unique);
        vectorsOf(
          blanked,
          unique.filter((step) => step.kind === 'transaction' || !youngIds.has(step.id)),
        );
        for (const customerId of ['c0', 'c1', 'c2']) {
          for (const terminalId of ['m0', 'm1']) {
            const [a, b] = [new Float64Array(PLAN.length), new Float64Array(PLAN.length)];
            whole.read({ customerId, terminalId }, atMs, undefined, a);
            blanked.read({ customerId, terminalId }, atMs, undefined, b);
            if (transactions.some((tx) => tx.terminal === terminalId)) expect([...a]).toEqual([...b]);
          }
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});

describe("a request's transaction whose id is held with another amount", () => {
  const event = (id: string, day: number, amountMinor: number): StateEvent => ({
    idHash: idHash(id),
    occurredAtMs: START_MS + day * DAY_MS,
    amountMinor,
  });

  test('is another transaction: all features are those of an unknown id', () => {
    const engine = new PointInTimeEngine(PLAN);
    for (const [i, id] of ['X', 'b', 'c', 'd'].entries()) engine.transaction('c', 'm', event(id, i, 1000));
    const keys = { customerId: 'c', terminalId: 'm' };
    const [used, fresh] = [new Float64Array(PLAN.length), new Float64Array(PLAN.length)];

    engine.read(keys, START_MS + 5 * DAY_MS, event('X', 5, 50_000), used);
    engine.read(keys, START_MS + 5 * DAY_MS, event('fresh', 5, 50_000), fresh);

    expect([...used]).toEqual([...fresh]);
    const named = new Map(byName(used));
    expect(named.get('customer_id_amount_to_mean_30day_window')).toBe(50);
    expect(named.get('customer_id_avg_amount_30day_window')).toBe(108);
  });

  test('counts once if the amount equals the stored one', () => {
    const engine = new PointInTimeEngine(PLAN);
    engine.transaction('c', 'm', event('X', 0, 1000));
    const out = new Float64Array(PLAN.length);

    engine.read({ customerId: 'c', terminalId: 'm' }, START_MS, event('X', 0, 1000), out);

    expect(new Map(byName(out)).get('customer_id_nb_tx_1day_window')).toBe(1);
  });
});
