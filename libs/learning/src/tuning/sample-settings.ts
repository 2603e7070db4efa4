import { defined } from '@fraudflow/core';
import type { SeededRandom } from '@fraudflow/stats';
import type { XgboostSettings } from '../recipe/recipe.js';

/** Values that a search tries. Lists instead of ranges: settings stay readable, and nothing depends on rounding. */
const CHOICES: { readonly [Name in keyof XgboostSettings]?: readonly XgboostSettings[Name][] } = {
  trees: [100, 150, 200, 300, 400, 600],
  learningRate: [0.02, 0.03, 0.05, 0.07, 0.1, 0.15],
  maxDepth: [3, 4, 5, 6],
  subsample: [0.5, 0.65, 0.8, 1],
  columnFraction: [0.3, 0.45, 0.6, 0.8, 1],
  minChildWeight: [1, 3, 5, 10, 20],
  l2: [0.3, 1, 3, 10],
};

/**
 * Draws settings at random, each independently and uniformly from a list of values. The other settings, as the seed and
 * the tree method, are those of `base`. Takes one random number for each drawn setting.
 * @returns new settings; the same state of `random` gives the same ones.
 * Source: J. Bergstra, Y. Bengio, Random search for hyper-parameter optimization, 2012.
 */
export function sampleXgboostSettings(random: SeededRandom, base: XgboostSettings): XgboostSettings {
  const drawn = Object.entries(CHOICES).map(([name, values]) => [
    name,
    defined(values[Math.floor(random.uniform() * values.length)], name),
  ]);
  return { ...base, ...(Object.fromEntries(drawn) as Partial<XgboostSettings>) };
}
