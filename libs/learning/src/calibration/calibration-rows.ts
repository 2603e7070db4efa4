import { invalidInput } from '@fraudflow/core';

/** Numbers of rows of both classes. */
export interface ClassCounts {
  readonly frauds: number;
  readonly genuine: number;
}

/**
 * Checks the rows that a calibration is fitted on.
 * @throws AppError invalid_input for no rows, unequal lengths, margins that are not finite, or only one class.
 */
export function checkCalibrationRows(margins: ArrayLike<number>, labels: ArrayLike<number>): ClassCounts {
  if (margins.length !== labels.length) {
    throw invalidInput(`a calibration needs one label per margin: ${margins.length} margins, ${labels.length} labels`, {
      field: 'labels',
    });
  }
  if (margins.length === 0) {
    throw invalidInput('a calibration needs rows: choose validation days with labelled transactions', {
      field: 'margins',
    });
  }
  let frauds = 0;
  for (let row = 0; row < margins.length; row++) {
    if (!Number.isFinite(margins[row])) {
      throw invalidInput(`margin ${row} is ${margins[row]}, not a finite number`, { field: 'margins' });
    }
    if (labels[row] === 1) frauds++;
  }
  const genuine = margins.length - frauds;
  if (frauds > 0 && genuine > 0) return { frauds, genuine };
  const missing = frauds === 0 ? 'fraud' : 'genuine row';
  throw invalidInput(`a calibration needs both classes: no ${missing} among ${margins.length} rows; choose more days`, {
    field: 'labels',
  });
}

/**
 * Platt's targets: (frauds + 1)/(frauds + 2) for a fraud and 1/(genuine + 2) for a genuine row instead of 1 and 0, so
 * that no finite number of rows gives a probability of exactly 0 or 1.
 */
export function smoothedTargets({ frauds, genuine }: ClassCounts): {
  readonly fraud: number;
  readonly genuine: number;
} {
  return { fraud: (frauds + 1) / (frauds + 2), genuine: 1 / (genuine + 2) };
}
