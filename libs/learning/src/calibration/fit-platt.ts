import { checkCalibrationRows, smoothedTargets } from './calibration-rows.js';
import type { Calibration } from './calibration.js';

const MAX_ITERATIONS = 100;
/** Largest gradient per row of a converged fit. */
const GRADIENT_TOLERANCE = 1e-10;
/** Added to the diagonal of the Hessian, so that equal margins do not make it singular. */
const RIDGE = 1e-12;
const SMALLEST_STEP = 1e-10;

/**
 * Fits Platt's calibration sigmoid(slope · margin + offset) by maximum likelihood with Platt's smoothed targets:
 * Newton's method with step halving. O(rows) per iteration, usually below ten iterations.
 * @param margins log-odds, finite. @param labels 1 fraud, 0 genuine, as many.
 * @returns slope and offset as float32 values. A slope of at most 0 means that the margins do not rank fraud higher.
 * @throws AppError invalid_input for no rows, unequal lengths, margins that are not finite, or only one class.
 * Source: J. Platt, Probabilistic outputs for support vector machines, 1999; H.-T. Lin, C.-J. Lin, R. Weng, A note on
 * Platt's probabilistic outputs, 2007.
 */
export function fitPlatt(margins: ArrayLike<number>, labels: ArrayLike<number>): Calibration {
  const counts = checkCalibrationRows(margins, labels);
  const smoothed = smoothedTargets(counts);
  const targets = Float64Array.from(labels, (label) => (label === 1 ? smoothed.fraud : smoothed.genuine));
  let line: Line = { slope: 0, offset: Math.log((counts.frauds + 1) / (counts.genuine + 1)) };
  let loss = lossOf(line, margins, targets);
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const { gradient, hessian } = derivatives(line, margins, targets);
    if (Math.max(Math.abs(gradient[0]), Math.abs(gradient[1])) < GRADIENT_TOLERANCE * margins.length) break;
    const direction = newtonDirection(gradient, hessian);
    let next: { line: Line; loss: number } | undefined;
    for (let step = 1; step >= SMALLEST_STEP && next === undefined; step /= 2) {
      const candidate = { slope: line.slope + step * direction[0], offset: line.offset + step * direction[1] };
      const candidateLoss = lossOf(candidate, margins, targets);
      if (candidateLoss < loss) next = { line: candidate, loss: candidateLoss };
    }
    if (next === undefined) break;
    ({ line, loss } = next);
  }
  return { kind: 'platt', slope: Math.fround(line.slope), offset: Math.fround(line.offset) };
}

interface Line {
  readonly slope: number;
  readonly offset: number;
}

/** Cross entropy in a form without overflow: log(1 + e^z) − t·z. */
function lossOf({ slope, offset }: Line, margins: ArrayLike<number>, targets: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < targets.length; row++) {
    const logOdds = slope * (margins[row] as number) + offset;
    sum += Math.max(logOdds, 0) + Math.log1p(Math.exp(-Math.abs(logOdds))) - (targets[row] as number) * logOdds;
  }
  return sum;
}

function derivatives({ slope, offset }: Line, margins: ArrayLike<number>, targets: Float64Array) {
  let [bySlope, byOffset, slopeSlope, slopeOffset, offsetOffset] = [0, 0, RIDGE, 0, RIDGE];
  for (let row = 0; row < targets.length; row++) {
    const margin = margins[row] as number;
    const probability = 1 / (1 + Math.exp(-(slope * margin + offset)));
    const error = probability - (targets[row] as number);
    const weight = probability * (1 - probability);
    bySlope += error * margin;
    byOffset += error;
    slopeSlope += weight * margin * margin;
    slopeOffset += weight * margin;
    offsetOffset += weight;
  }
  return { gradient: [bySlope, byOffset], hessian: [slopeSlope, slopeOffset, offsetOffset] } as const;
}

function newtonDirection(
  [bySlope, byOffset]: readonly [number, number],
  [slopeSlope, slopeOffset, offsetOffset]: readonly [number, number, number],
): readonly [number, number] {
  const determinant = slopeSlope * offsetOffset - slopeOffset * slopeOffset;
  return [
    (slopeOffset * byOffset - offsetOffset * bySlope) / determinant,
    (slopeOffset * bySlope - slopeSlope * byOffset) / determinant,
  ];
}
