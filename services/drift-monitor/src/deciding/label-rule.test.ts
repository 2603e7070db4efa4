import { takesPrecedence } from '@fraudflow/drift';
import { compareLabels, type RankedLabel } from '@fraudflow/features';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('live performance selects the same label as online features and training sets', () => {
  const label: fc.Arbitrary<RankedLabel> = fc.record({
    isFraud: fc.boolean(),
    labelledAtMs: fc.integer({ min: 0, max: 3 }),
    sourceRank: fc.integer({ min: 0, max: 4 }),
  });

  fc.assert(
    fc.property(label, label, (a, b) => {
      expect(takesPrecedence(a, b)).toBe(compareLabels(a, b) < 0);
    }),
    { seed: 17, numRuns: 1_000 },
  );
});
