import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { COMPUTED_FEATURES } from '../catalog/fraud-detection-features.js';
import { planVector } from '../plan/vector-plan.js';
import { Rings } from '../ring/rings.js';
import { ComparisonFeatures } from './comparison-features.js';
import { RunningFeatures } from './running-features.js';

/** Slots of the features that no accelerator writes; those of known frauds count as written while there are none. */
function evaluatedSlots(withAccelerators: boolean): number[] {
  const plan = planVector(COMPUTED_FEATURES, { withAccelerators });
  const [customers, terminals] = [plan.customer, plan.terminal].map((entity) => {
    const rings = new Rings(entity, 44 * DAY_MS);
    return { rings, running: new RunningFeatures(rings.arena, entity, rings.layout) };
  });
  const comparisons = customers && new ComparisonFeatures(customers.rings, customers.running.others, -1);
  return [...(comparisons?.others ?? []), ...(terminals?.running.others ?? [])].map(({ slot }) => slot);
}

test('accelerators write every feature of the catalogue', () => {
  expect(evaluatedSlots(true)).toEqual([]);
});

test('a plan without accelerators leaves every windowed feature to the general evaluation', () => {
  const windowed = COMPUTED_FEATURES.flatMap(({ formula }, slot) => (formula?.kind === 'window' ? [slot] : []));

  expect(evaluatedSlots(false).toSorted((a, b) => a - b)).toEqual(windowed);
});
