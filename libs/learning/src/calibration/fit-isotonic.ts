import { checkCalibrationRows, smoothedTargets } from './calibration-rows.js';
import type { Calibration } from './calibration.js';

/**
 * Fits the non-decreasing step function of the margin with the least squared error, by pooling adjacent violators.
 * Frauds and genuine rows count as Platt's smoothed targets, so that no step is exactly 0 or 1. Equal float32 margins
 * are one point. A step starts half-way between its lowest margin and the next lower one. O(n log n).
 * @param margins log-odds, finite. @param labels 1 fraud, 0 genuine, as many.
 * @returns the steps, ascending in margin and in probability.
 * @throws AppError invalid_input for no rows, unequal lengths, margins that are not finite, or only one class.
 * Source: M. Ayer et al., An empirical distribution function for sampling with incomplete information, 1955;
 * B. Zadrozny, C. Elkan, Transforming classifier scores into accurate multiclass probability estimates, 2002.
 */
export function fitIsotonic(margins: ArrayLike<number>, labels: ArrayLike<number>): Calibration {
  const smoothed = smoothedTargets(checkCalibrationRows(margins, labels));
  const rounded = Float32Array.from(margins);
  const order = Uint32Array.from(rounded, (_, row) => row).sort(
    (a, b) => (rounded[a] as number) - (rounded[b] as number),
  );
  const steps: Step[] = [];
  for (const row of order) {
    const margin = rounded[row] as number;
    const isFraud = labels[row] === 1;
    const last = steps.at(-1);
    const point = { lowest: margin, highest: margin, frauds: isFraud ? 1 : 0, rows: 1 };
    // Equal margins may not be apart; whether they violate the order shows when all of them are known.
    if (last?.highest === margin) absorb(last, point);
    else {
      pool(steps);
      steps.push(point);
    }
  }
  pool(steps);
  const value = ({ frauds, rows }: Step): number =>
    (frauds * smoothed.fraud + (rows - frauds) * smoothed.genuine) / rows;
  return {
    kind: 'isotonic',
    margins: Float32Array.from(steps, (step, at) => startBetween(steps[at - 1]?.highest ?? step.lowest, step.lowest)),
    probabilities: Float32Array.from(steps, value),
  };
}

/** Rows of adjacent margins with one common value. */
interface Step {
  lowest: number;
  highest: number;
  frauds: number;
  rows: number;
}

/** Joins the newest step with those before it until the share of frauds ascends strictly. */
function pool(steps: Step[]): void {
  for (;;) {
    const [before, last] = steps.slice(-2);
    // Products of counts are exact, quotients are not.
    if (!before || !last || before.frauds * last.rows < last.frauds * before.rows) return;
    absorb(before, last);
    steps.pop();
  }
}

function absorb(step: Step, next: Step): void {
  step.highest = next.highest;
  step.frauds += next.frauds;
  step.rows += next.rows;
}

/** The float32 half-way between two float32 margins, above the lower one. */
function startBetween(lower: number, upper: number): number {
  const middle = Math.fround(lower / 2 + upper / 2);
  return middle > lower ? middle : upper;
}
