import { DAY_MS } from '@fraudflow/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declareFeature } from '../catalog/declare-feature.js';
import { CustomerEngine } from '../engine/customer-engine.js';
import { PackedVectorReader } from '../engine/packed-vector-reader.js';
import { planVector } from '../plan/vector-plan.js';

const AGGREGATES = [
  ...(['count', 'sum', 'mean', 'std', 'min', 'max', 'median'] as const),
  ...(['ratio_to_mean', 'ratio_to_median', 'ratio_to_max', 'z_score', 'last'] as const),
];
const LARGE = { kind: 'above_median', times: 1.5, medianOverMs: 7 * DAY_MS } as const;
const PLAN = planVector([
  ...[3, 7].flatMap((days) =>
    AGGREGATES.map((aggregate) => declareFeature({ of: 'customer', aggregate, days, current: 'before' })),
  ),
  ...[1, 7].map((days) => declareFeature({ of: 'customer', aggregate: 'count', days, where: LARGE })),
  declareFeature({ of: 'customer', aggregate: 'count', days: 3, where: LARGE, current: 'before' }),
  declareFeature({ of: 'customer', aggregate: 'share', days: 3, where: LARGE }),
]);

const steps = (length: number): fc.Arbitrary<readonly { readonly gapMs: number; readonly amountMinor: number }[]> =>
  fc.array(
    fc.record({
      gapMs: fc.integer({ min: 0, max: DAY_MS / 2 }),
      amountMinor: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 20_000 }), fc.constant(1e12)),
    }),
    { maxLength: length },
  );

/** Both ways to compute the newest row's features: from the incremental aggregates, and by scanning rows. */
function bothWays(
  engine: CustomerEngine,
  events: readonly { readonly gapMs: number; readonly amountMinor: number }[],
): [number[], number[]][] {
  const entity = engine.findOrOpen('one');
  let occurredAtMs = 0;
  return events.map(({ gapMs, amountMinor }, lo) => {
    occurredAtMs += gapMs;
    const event = { idHash: { hi: 1, lo }, occurredAtMs, amountMinor };
    const running = new Float64Array(PLAN.length);
    const looked = new Float64Array(PLAN.length);
    engine.apply(entity, event, running);
    engine.peek(entity, occurredAtMs, event, looked);
    return [[...running], [...looked]];
  });
}

describe('ComparisonFeatures', () => {
  it('has the values of a scan of the rows, for any amounts and gaps', () => {
    fc.assert(
      fc.property(steps(80), (events) => {
        for (const [running, looked] of bothWays(new CustomerEngine(PLAN), events)) expect(running).toEqual(looked);
      }),
    );
  });

  it('has the same values for a ring of very many rows', () => {
    const events = Array.from({ length: 1_500 }, (_, i) => ({ gapMs: 60_000, amountMinor: (i * 7_919) % 20_011 }));

    const last = bothWays(new CustomerEngine(PLAN), events).slice(-20);

    for (const [running, looked] of last) expect(running).toEqual(looked);
  });
});

describe('PackedVectorReader', () => {
  it("counts the request's transaction once even if it is stored with another time", () => {
    const engine = new CustomerEngine(PLAN);
    const stored = { idHash: { hi: 1, lo: 1 }, occurredAtMs: DAY_MS, amountMinor: 500 };
    engine.apply(engine.open('one'), stored, new Float64Array(PLAN.length));
    const head = engine.pack(engine.find('one'));
    const out = new Float64Array(PLAN.length);

    new PackedVectorReader(PLAN).read(
      { customer: { head, segments: [] }, terminal: 'unasked' },
      DAY_MS + 1,
      { ...stored, occurredAtMs: DAY_MS + 1 },
      out,
    );

    expect(out[0]).toBe(0);
  });
});
