import type { FoldResult } from './run-fold.js';

/** Mean and sample standard deviation over folds; the deviation is NaN for one fold. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
}

/** Mean and standard deviation of every figure over the folds, by its name. */
export function summariseFolds(results: readonly FoldResult[]): Readonly<Record<string, Spread>> {
  const figures = results.map(figuresOf);
  // A kind of fraud may be missing in some folds.
  const names = [...new Set(figures.flatMap((fold) => Object.keys(fold)))];
  return Object.fromEntries(names.map((name) => [name, spreadOf(figures.map((fold) => fold[name] ?? Number.NaN))]));
}

/** Values of a fold by name, without their intervals. */
export function figuresOf({
  metrics,
  recallByScenario,
  perfectCardPrecision,
  money,
}: FoldResult): Readonly<Record<string, number>> {
  return {
    ...Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value])),
    ...Object.fromEntries(Object.entries(recallByScenario).map(([kind, recall]) => [`recallScenario${kind}`, recall])),
    perfectCardPrecision,
    ...money,
  };
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, sd: values.length < 2 ? Number.NaN : Math.sqrt(squares / (values.length - 1)) };
}
