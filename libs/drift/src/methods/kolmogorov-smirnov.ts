import { ksTwoSampleSorted, sortedFinite } from '@fraudflow/stats';
import { type DriftMethod, numericScore } from './drift-method.js';

/** p-value of the two-sample Kolmogorov-Smirnov test. Exact up to 10 000 values a side. */
export const kolmogorovSmirnovMethod: DriftMethod = {
  name: 'ks',
  kinds: ['real', 'integer'],
  defaultThreshold: 0.05,
  driftIf: '<=',
  score: numericScore(
    (reference, current) =>
      ksTwoSampleSorted(sortedFinite(Array.from(reference)), sortedFinite(Array.from(current))).pValue,
  ),
};
