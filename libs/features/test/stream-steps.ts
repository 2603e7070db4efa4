import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { idHash } from '../src/plan/id-hash.js';
import type { LabelEvent, StateEvent } from '../src/plan/state-event.js';
import type { NaiveEvent, NaiveLabel } from './naive-vector.js';

export const START_MS = Date.UTC(2018, 3, 1);

export type Step = ({ readonly kind: 'transaction' } & NaiveEvent) | ({ readonly kind: 'label' } & NaiveLabel);

export function stateEvent({ id, atMs, amountMinor }: NaiveEvent): StateEvent {
  return { idHash: idHash(id), occurredAtMs: atMs, amountMinor };
}

export function stateLabel({ id, occurredAtMs, labelledAtMs, rank, isFraud }: NaiveLabel): LabelEvent {
  return { idHash: idHash(id), occurredAtMs, labelledAtMs, isFraud, sourceRank: rank };
}

const edgeMs = (days: number[]): fc.Arbitrary<number> =>
  fc.tuple(fc.constantFrom(...days), fc.constantFrom(-1, 0, 1)).map(([day, jitter]) => day * DAY_MS + jitter);

/** Steps of the newest time: ties, and milliseconds around every window edge and the lateness bound; also negative. */
const stepMs = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: DAY_MS }) },
  { weight: 2, arbitrary: fc.integer({ min: -7 * DAY_MS, max: 0 }) },
  { weight: 3, arbitrary: edgeMs([0, 1, 3, 7, 14, -1, -7, -8]) },
  { weight: 1, arbitrary: edgeMs([21, 28, 30, 37, 44]) },
);

const amountMinor = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 30_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 22_000, 22_001, 2 ** 20, 2 ** 32, 1e12) },
);

const rawStep = fc.record({
  isLabel: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
  isFresh: fc.integer({ min: 0, max: 6 }).map((n) => n > 0),
  back: fc.nat(12),
  stepMs,
  amountMinor,
  customer: fc.nat(2).map((n) => `c${n}`),
  terminal: fc.nat(1).map((n) => `m${n}`),
  labelAgeMs: fc.oneof(edgeMs([0, 1, 7, 9, 20]), fc.integer({ min: 0, max: 20 * DAY_MS })),
  rank: fc.nat(4),
  isFraud: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
});

/**
 * Logs of transactions of few customers and terminals, and of labels: early, late, repeated, and of later
 * transactions.
 */
export function streamSteps(maxLength: number): fc.Arbitrary<Step[]> {
  return fc.array(rawStep, { minLength: 1, maxLength, size: 'max' }).map((raw) => {
    const made: NaiveEvent[] = [];
    let newest = START_MS;
    return raw.map((step): Step => {
      if (step.isLabel) {
        const target = made[Math.max(0, made.length - 1 - step.back)];
        const id = step.isFresh && target ? target.id : String(made.length + step.back);
        const occurredAtMs = step.isFresh && target ? target.atMs : newest + step.stepMs;
        const terminal = step.isFresh && target ? target.terminal : step.terminal;
        return { ...step, kind: 'label', id, terminal, occurredAtMs, labelledAtMs: occurredAtMs + step.labelAgeMs };
      }
      const atMs = newest + step.stepMs;
      newest = Math.max(newest, atMs);
      const id = step.isFresh ? String(made.length) : String(Math.max(0, made.length - 1 - step.back));
      const event = { kind: 'transaction' as const, ...step, id, atMs };
      if (step.isFresh) made.push(event);
      return event;
    });
  });
}
