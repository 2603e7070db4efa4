import { invalidInput } from '@fraudflow/core';

/** Columns of scored rows: `scores` and others, by name. */
export interface Columns {
  readonly scores: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly cardIds?: ArrayLike<string | number>;
  readonly occurredAtMs?: ArrayLike<number>;
  readonly scenarios?: ArrayLike<number>;
  readonly amounts?: ArrayLike<number>;
}

/** @throws AppError invalid_input for no rows or columns of unequal length. */
export function checkLengths({ scores, labels, cardIds, occurredAtMs, scenarios, amounts }: Columns): void {
  if (scores.length === 0) throw invalidInput('an evaluation needs at least one row', { field: 'scores' });
  const others = { labels, cardIds, occurredAtMs, scenarios, amounts };
  const wrong = Object.entries(others).filter(([, column]) => column !== undefined && column.length !== scores.length);
  if (wrong.length === 0) return;
  const lengths = wrong.map(([name, column]) => `${column?.length} ${name}`).join(', ');
  throw invalidInput(`columns differ in length: ${scores.length} scores, ${lengths}`, {
    field: wrong[0]?.[0] as string,
  });
}

/** @throws AppError invalid_input for a score that is not a number from 0 to 1. */
export function checkProbabilities(scores: ArrayLike<number>): void {
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row] as number;
    if (!(score >= 0 && score <= 1)) {
      throw invalidInput(`score ${row} is ${score}, not a probability from 0 to 1`, { field: 'scores' });
    }
  }
}

/** @throws AppError invalid_input if all labels are 1 or none is. */
export function checkBothClasses(labels: ArrayLike<number>, purpose: string): void {
  let frauds = 0;
  for (let row = 0; row < labels.length; row++) if (labels[row] === 1) frauds++;
  if (frauds > 0 && frauds < labels.length) return;
  const missing = frauds === 0 ? 'fraud' : 'genuine row';
  throw invalidInput(`${purpose} needs both classes: no ${missing} among ${labels.length} rows; choose more days`, {
    field: 'labels',
  });
}
