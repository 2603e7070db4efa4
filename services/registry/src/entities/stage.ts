import { invalidInput } from '@fraudflow/core';
import { type Stage, STAGES } from './model-version.js';

const ACTIVE: readonly Stage[] = ['Staging', 'Production'];

/**
 * @returns the stage in its canonical spelling. @throws AppError invalid_input for anything but the four, in any case.
 */
export function parseStage(text: string): Stage {
  const stage = STAGES.find((known) => known.toLowerCase() === text.toLowerCase());
  if (stage) return stage;
  throw invalidInput(`Invalid Model Version stage: ${text}. Value must be one of ${STAGES.join(', ')}.`, {
    field: 'stage',
  });
}

/** @throws AppError invalid_input if others cannot be archived by a move to this stage. */
export function checkMayArchiveOthers(stage: Stage): void {
  if (ACTIVE.includes(stage)) return;
  throw invalidInput(
    `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. ` +
      `Valid stages are ${ACTIVE.join(', ')}`,
  );
}
