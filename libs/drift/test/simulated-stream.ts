import { type SeededRandom, seededRandom } from '@fraudflow/stats';
import { ReferenceProfile } from '../src/profile/reference-profile.js';
import { WindowAccumulator } from '../src/window/window-accumulator.js';
import type { WindowCounts } from '../src/window/window-counts.js';

export const WINDOW_MS = 60_000;
export const FEATURES = 15;

/** Applies drift to a row in place. */
export type Drift = (row: Float64Array) => void;

/**
 * 15 independent columns: 5 normal, 4 lognormal (s = 2), 3 zero-inflated, 2 small counts, 1 flag; 1 % missing in one.
 */
export function drawRow(random: SeededRandom): Float64Array {
  const row = new Float64Array(FEATURES);
  for (let i = 0; i < FEATURES; i++) {
    if (i < 5) row[i] = random.normal();
    else if (i < 9) row[i] = Math.exp(2 * random.normal());
    else if (i < 12) row[i] = random.uniform() < 0.7 ? 0 : random.uniform();
    else if (i < 14) row[i] = Math.floor(6 * random.uniform() ** 2);
    else row[i] = random.uniform() < 0.15 ? 1 : 0;
  }
  if (random.uniform() < 0.01) row[4] = NaN;
  return row;
}

/** A probability that follows the first and the sixth column. */
export function scoreOf(row: Float64Array): number {
  return 1 / (1 + Math.exp(4 - (row[0] as number) - 0.4 * Math.log(row[5] as number)));
}

export function aProfile(random: SeededRandom, rows: number): ReferenceProfile {
  const data = Array.from({ length: rows }, () => drawRow(random));
  return ReferenceProfile.build({
    model: 'fraud_detector',
    version: '1',
    featureNames: Array.from({ length: FEATURES }, (_, i) => `f${i}`),
    features: Array.from({ length: FEATURES }, (_, i) => data.map((row) => row[i] as number)),
    scores: data.map(scoreOf),
  });
}

/** Window number `index` with n rows. */
// oxlint-disable-next-line max-params -- a test factory reads best in one line
export function aWindow(
  profile: ReferenceProfile,
  random: SeededRandom,
  index: number,
  n: number,
  drift: Drift = () => {},
): WindowCounts {
  const accumulator = new WindowAccumulator(profile, { sizeMs: WINDOW_MS, sampleRows: Math.max(n, 1) });
  for (let i = 0; i < n; i++) {
    const row = drawRow(random);
    drift(row);
    accumulator.add(row, scoreOf(row), index * WINDOW_MS + Math.floor((i * WINDOW_MS) / n));
  }
  const [window] = accumulator.closeUpTo((index + 1) * WINDOW_MS);
  if (window === undefined) throw new Error('an empty window');
  return window;
}

export { seededRandom };
