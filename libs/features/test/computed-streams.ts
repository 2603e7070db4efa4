import { expect } from 'vitest';
import type { Aggregate } from '../src/catalog/aggregates/contract/aggregate.js';
import type { FeatureDefinition } from '../src/catalog/definitions.js';
import { PointInTimeEngine } from '../src/engine/point-in-time-engine.js';
import { planVector } from '../src/plan/vector-plan.js';
import { NAIVE_AGGREGATES, type NaiveAggregate, vectorOfFeatures } from './naive-aggregates.js';
import { NaiveStream } from './naive-vector.js';
import { stateEvent, stateLabel, type Step } from './stream-steps.js';

/** Features and the list of aggregates that they use. */
export interface Form {
  readonly features: readonly FeatureDefinition[];
  readonly aggregates: readonly Aggregate[];
}

type Transaction = Step & { readonly kind: 'transaction' };

/** A way to compute the features of a log. */
export interface ComputedStream {
  /** The vector of a step; undefined for a label and for a transaction that is not applied. */
  take(step: Step): readonly number[] | undefined;
  /** The vector as of a time with a transaction that is not applied; undefined if the model has none. */
  read(step: Transaction, atMs: number): readonly number[] | undefined;
}

/** The engine, with or without accelerators. */
export function engineOf({ features, aggregates }: Form, withAccelerators: boolean): ComputedStream {
  const engine = new PointInTimeEngine(planVector(features, { aggregates, withAccelerators }));
  const out = new Float64Array(features.length);
  return {
    take: (step) => {
      if (step.kind === 'label') return void engine.label(step.terminal, stateLabel(step));
      const outcome = engine.transaction(step.customer, step.terminal, stateEvent(step), out);
      return outcome === 'duplicate' ? undefined : [...out];
    },
    read: (step, atMs) => {
      engine.read({ customerId: step.customer, terminalId: step.terminal }, atMs, stateEvent(step), out);
      return [...out];
    },
  };
}

/** The reference model. */
export function modelOf(
  { features }: Form,
  models: Readonly<Record<string, NaiveAggregate>> = NAIVE_AGGREGATES,
): ComputedStream {
  const model = new NaiveStream(vectorOfFeatures(features, models));
  const ordered = (vector: ReadonlyMap<string, number> | undefined): readonly number[] | undefined =>
    vector && features.map(({ name }) => vector.get(name) ?? Number.NaN);
  return {
    take: (step) => (step.kind === 'label' ? void model.label(step) : ordered(model.transaction(step))),
    read: (step, atMs) => ordered(model.read(step, atMs)),
  };
}

/** Runs a log in all streams, which must give the values of the first one. @returns number of values compared */
export function compareSteps(log: readonly Step[], { features }: Form, streams: readonly ComputedStream[]): number {
  let compared = 0;
  for (const step of log) {
    const [expected, ...others] = streams.map((stream) => stream.take(step));
    for (const vector of others) expect(named(features, vector)).toEqual(named(features, expected));
    compared += expected?.length ?? 0;
  }
  return compared;
}

/**
 * As `compareSteps`, for reads with each transaction before it is applied, as of its time or `laterMs` after it.
 * @returns number of values compared
 */
export function compareReads(
  log: readonly Step[],
  { features }: Form,
  { streams, laterMs }: { readonly streams: readonly ComputedStream[]; readonly laterMs: number },
): number {
  let compared = 0;
  for (const step of log) {
    if (step.kind === 'transaction') {
      const [expected, ...others] = streams.map((stream) => stream.read(step, step.atMs + laterMs));
      if (expected !== undefined)
        for (const vector of others) expect(named(features, vector)).toEqual(named(features, expected));
      compared += expected?.length ?? 0;
    }
    for (const stream of streams) stream.take(step);
  }
  return compared;
}

function named(features: readonly FeatureDefinition[], vector: readonly number[] | undefined): unknown {
  return vector && Object.fromEntries(features.map(({ name }, slot) => [name, vector[slot]]));
}
