import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NaiveStream } from '../test/naive-vector.js';
import { stateEvent, stateLabel, type Step, streamSteps } from '../test/stream-steps.js';
import { COMPUTED_FEATURE_NAMES, COMPUTED_FEATURES } from './fraud-detection-features.js';
import { PointInTimeEngine } from './point-in-time-engine.js';
import { planVector } from './vector-plan.js';

const SEED = 20260421;
const PLAN = planVector(COMPUTED_FEATURES);

/** Runs a log; a vector per transaction that is no duplicate. */
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
/** Whether no transaction before has this one's id. */
const isFirst = (log: readonly Step[], step: Step): boolean =>
  log.find((other) => other.kind === 'transaction' && other.id === step.id) === step;

const byName = (vector: Float64Array): [string, number][] =>
  COMPUTED_FEATURE_NAMES.map((name, slot) => [name, vector[slot] as number]);

/** Ratios and deviations are rounded on another way in the model; whole numbers must be equal. */
function expectAlike(vector: Float64Array, expected: ReadonlyMap<string, number>): void {
  for (const [name, value] of byName(vector)) {
    const wanted = expected.get(name) ?? Number.NaN;
    if (Math.abs(value - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))) continue;
    throw new Error(`${name} is ${value}, the model says ${wanted}`);
  }
}

describe('every feature of the stream against a model that filters all events and labels', () => {
  test('all values of all transactions are alike', () => {
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

  test('a read before a transaction with it in hand, and one after it, give what the stream gives', () => {
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

  test('reads change nothing, and the plan of one feature gives what the whole plan gives', () => {
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
  test('labels of transactions younger than seven days, and labels not available yet, change no feature', () => {
    fc.assert(
      fc.property(streamSteps(80), fc.boolean(), (log, isFraud) => {
        const honest = new PointInTimeEngine(PLAN);
        const leaking = new PointInTimeEngine(PLAN);
        const transactions = log.filter((step) => step.kind === 'transaction');
        const [expected, out] = [new Float64Array(PLAN.length), new Float64Array(PLAN.length)];
        for (const step of transactions) {
          const outcome = honest.transaction(step.customer, step.terminal, stateEvent(step), expected);
          expect(leaking.transaction(step.customer, step.terminal, stateEvent(step), out)).toBe(outcome);
          if (outcome !== 'duplicate') expect([...out]).toEqual([...expected]);
          for (const other of transactions) {
            const isYoung = other.atMs > step.atMs - 7 * DAY_MS && other.atMs <= step.atMs;
            if (!isYoung || other.terminal !== step.terminal || outcome !== 'applied') continue;
            // Known from a week and a day after the newest transaction of all on, so that no later read may see it either.
            const labelledAtMs = Math.max(...transactions.map((each) => each.atMs)) + 1;
            const label = { ...stateEvent(other), isFraud, labelledAtMs, sourceRank: 0 };
            leaking.label(other.terminal, label);
          }
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  test('blanking every label of the last seven days before a read changes no feature of the read', () => {
    fc.assert(
      fc.property(streamSteps(80), (log) => {
        const transactions = log.filter((step) => step.kind === 'transaction' && isFirst(log, step));
        const atMs = Math.max(0, ...transactions.map(timeOf));
        const youngIds = new Set(
          transactions.filter((step) => timeOf(step) > atMs - 7 * DAY_MS).map((step) => step.id),
        );
        const whole = new PointInTimeEngine(PLAN);
        const blanked = new PointInTimeEngine(PLAN);
        // A label alone makes a terminal known, which is no leak.
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
