import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '../../test/aggregate-features.js';
import { compareReads, compareSteps, engineOf, type Form, modelOf } from '../../test/computed-streams.js';
import { NAIVE_AGGREGATES, type NaiveAggregate } from '../../test/naive-aggregates.js';
import { START_MS, type Step, streamSteps } from '../../test/stream-steps.js';
import { AGGREGATES } from '../catalog/aggregates/aggregates.js';
import { type Aggregate, defineAggregate } from '../catalog/aggregates/contract/aggregate.js';
import { MINOR_PER_MAJOR, NO_ROW } from '../catalog/aggregates/contract/window-rows.js';
import { declareFeature } from '../catalog/declare-feature.js';
import type { FeatureDefinition } from '../catalog/definitions.js';
import { idHash } from '../plan/id-hash.js';
import { planVector } from '../plan/vector-plan.js';
import { PointInTimeEngine } from './point-in-time-engine.js';

const SEED = 20261201;
/** Also the ends of the delayed windows, of 3 and 7 days. */
const laterMs = fc.constantFrom(...[0, 1, 7, 9, 10, 14].map((days) => days * DAY_MS));

/** One kind at a time, because a mixture of both uses fewer accelerators. */
const CURRENTS = ['with', 'before'] as const;

describe.each(AGGREGATES.map((aggregate) => [aggregate.name, aggregate] as const))('%s', (name, aggregate) => {
  test.each(CURRENTS)('has the values of the model with and without accelerators: %s', (current) => {
    const form: Form = { features: featuresOf(aggregate, AGGREGATES, { currents: [current] }), aggregates: AGGREGATES };
    let compared = 0;
    fc.assert(
      fc.property(streamSteps(80), (log) => {
        compared += compareSteps(log, form, [modelOf(form), engineOf(form, true), engineOf(form, false)]);
      }),
      { seed: SEED, numRuns: 40 },
    );

    expect(compared).toBeGreaterThan(1_000);
  });

  test('has the values of the model in reads with a transaction that is not applied, also as of later', () => {
    const form: Form = { features: readableFeatures(aggregate, AGGREGATES), aggregates: AGGREGATES };
    let compared = 0;
    fc.assert(
      fc.property(streamSteps(60), laterMs, (log, ms) => {
        compared += compareReads(log, form, { streams: [modelOf(form), engineOf(form, true)], laterMs: ms });
      }),
      { seed: SEED, numRuns: 40 },
    );

    expect(compared).toBeGreaterThan(1_000);
  });

  test('describes its features in one sentence, under names of their own', () => {
    const features = featuresOf(aggregate, AGGREGATES);

    expect(new Set(features.map((feature) => feature.name)).size).toBe(features.length);
    expect(features.every(({ dtype }) => dtype === aggregate.dtype)).toBe(true);
    expect(features.map(({ description }) => description).filter((text) => !/^\S.*[^.]\.$/.test(text))).toEqual([]);
    expect(AGGREGATES.filter((other) => other.name === name)).toEqual([aggregate]);
  });
});

/** Features of labels include the request's transaction, because their windows end one label delay before the read. */
function readableFeatures(aggregate: Aggregate, aggregates: readonly Aggregate[]): readonly FeatureDefinition[] {
  return featuresOf(aggregate, aggregates).filter(({ formula }) => {
    if (formula?.kind !== 'window' || formula.withCurrent) return true;
    return formula.filter === undefined || formula.filter.kind === 'above_median';
  });
}

describe('a plan of all aggregates', () => {
  const all: Form = {
    features: AGGREGATES.flatMap((aggregate) => featuresOf(aggregate, AGGREGATES, { days: [7] })),
    aggregates: AGGREGATES,
  };

  test('has the values of the model with and without accelerators', () => {
    fc.assert(
      fc.property(streamSteps(60), (log) => {
        compareSteps(log, all, [modelOf(all), engineOf(all, true), engineOf(all, false)]);
      }),
      { seed: SEED, numRuns: 15 },
    );
  });

  test('has the same values with and without accelerators in a ring of very many rows', () => {
    const log = Array.from({ length: 1_400 }, (_, i): Step[] => {
      const id = String(i);
      const event = {
        id,
        customer: 'c',
        terminal: 'm',
        atMs: START_MS + i * 600_000,
        amountMinor: (i * 7_919) % 20_011,
      };
      const label = { ...event, occurredAtMs: event.atMs, labelledAtMs: event.atMs, rank: 0, isFraud: true };
      return i % 9 > 0
        ? [{ kind: 'transaction', ...event }]
        : [
            { kind: 'transaction', ...event },
            { kind: 'label', ...label },
          ];
    }).flat();
    const [fast, plain] = [engineOf(all, true), engineOf(all, false)];

    const vectors = log.map((step) => [fast.take(step), plain.take(step)] as const);

    expect(vectors.filter(([a, b]) => a !== undefined && b !== undefined).length).toBe(1_400);
    expect(vectors.filter(([a, b]) => !(a ?? []).every((value, slot) => Object.is(value, b?.[slot])))).toEqual([]);
  });

  test('gives a transaction the same attributes with and without accelerators', () => {
    const lastAttribute = AGGREGATES.filter(({ needs }) => needs.attributes === true);
    const form = {
      ...all,
      features: lastAttribute.flatMap((aggregate) => featuresOf(aggregate, AGGREGATES, { days: [1] })),
    };
    const value = (withAccelerators: boolean): number | undefined => {
      const engine = engineOf(form, withAccelerators);
      const event = { customer: 'c', terminal: 'm', amountMinor: 100 };
      engine.take({ kind: 'transaction', ...event, id: 'a', atMs: START_MS });
      engine.take({
        kind: 'label',
        id: 'a',
        terminal: 'm',
        occurredAtMs: START_MS,
        labelledAtMs: START_MS,
        rank: 0,
        isFraud: true,
      });
      return engine.take({ kind: 'transaction', ...event, id: 'b', atMs: START_MS + 7 * DAY_MS + 1 })?.[0];
    };

    expect([value(true), value(false)]).toEqual([1, 1]);
  });
});

/** An aggregate as its own file would declare it. */
const range = defineAggregate({
  name: 'range',
  dtype: 'double',
  rows: ['all'],
  needs: { order: true },
  sentence: ({ rows }) => `Greatest minus least amount, in major units, of the ${rows}; 0 if there are none.`,
  evaluate: (rows) => (rows.greatest() - rows.least()) / MINOR_PER_MAJOR,
});

/** Uses ends and streaks of every selection of rows, and amounts of single rows. */
const probe = defineAggregate({
  name: 'probe',
  dtype: 'double',
  rows: ['all', 'above_median', 'known_fraud', 'known_genuine'],
  needs: { window: true },
  sentence: ({ rows }) => `Streak and ends of the ${rows}.`,
  evaluate: (rows) => {
    const [newest, oldest] = [rows.newest(), rows.oldest()];
    const ends = newest === NO_ROW ? -1 : rows.amountOf(newest) + rows.timeOf(newest) - rows.timeOf(oldest);
    return 1_000 * ends + rows.streak();
  },
});

const MODELS: Readonly<Record<string, NaiveAggregate>> = {
  range: ({ rows }) => {
    const amounts = rows.map(({ amountMinor }) => amountMinor);
    return rows.length === 0 ? 0 : (Math.max(...amounts) - Math.min(...amounts)) / 100;
  },
  probe: (window) => {
    const kept = window.rows.filter((row) => window.passes(row));
    const [newest, oldest] = [kept.at(-1), kept[0]];
    const ends = newest && oldest ? newest.amountMinor + newest.atMs - oldest.atMs : -1;
    return 1_000 * ends + NAIVE_AGGREGATES.streak(window);
  },
};

describe('a new aggregate', () => {
  test('is one declaration and one entry of the list: it is named, described and computed', () => {
    const aggregates = [...AGGREGATES, range];
    const feature = declareFeature({ of: 'customer', aggregate: 'range', days: 7, current: 'before' }, aggregates);
    const engine = new PointInTimeEngine(planVector([feature], { aggregates }));
    const out = new Float64Array(1);

    [500, 1_250, 800].forEach((amountMinor, i) =>
      engine.transaction('c', 'm', { idHash: idHash(`t${i}`), occurredAtMs: START_MS + i, amountMinor }, out),
    );

    expect(feature).toMatchObject({
      name: 'customer_id_range_amount_before_7day_window',
      dtype: 'double',
      description:
        'Greatest minus least amount, in major units, of the transactions of the customer in the last 7 d, this one ' +
        'excluded; 0 if there are none.',
    });
    expect(out[0]).toBe(7.5);
  });

  test('has the values of its model without an accelerator, for every selection of rows and every read', () => {
    const aggregates = [...AGGREGATES, range, probe];
    const form = { features: [range, probe].flatMap((one) => featuresOf(one, aggregates)), aggregates };
    const reads = { features: [range, probe].flatMap((one) => readableFeatures(one, aggregates)), aggregates };

    fc.assert(
      fc.property(streamSteps(80), laterMs, (log, ms) => {
        compareSteps(log, form, [modelOf(form, MODELS), engineOf(form, true)]);
        compareReads(log, reads, { streams: [modelOf(reads, MODELS), engineOf(reads, true)], laterMs: ms });
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  test('that the list does not have is refused by its name', () => {
    const feature = declareFeature({ of: 'customer', aggregate: 'range', days: 7 }, [range]);

    expect(() => planVector([feature])).toThrow(
      expect.objectContaining({ code: 'FORMULA_UNSUPPORTED', field: 'customer_id_range_amount_7day_window' }),
    );
    expect(() => declareFeature({ of: 'customer', aggregate: 'range', days: 7 }, [] as (typeof range)[])).toThrow(
      'aggregate "range" is not in the list',
    );
  });
});
