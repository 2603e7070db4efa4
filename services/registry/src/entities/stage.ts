import { MODEL_STAGES, type ModelStage } from '@fraudflow/contracts/mlflow/model-version';
import { invalidInput } from '@fraudflow/core';

const ACTIVE: readonly ModelStage[] = ['Staging', 'Production'];

/**
 * Parses a stage, ignoring case.
 * @returns the stage in its canonical spelling
 * @throws AppError invalid_input for any other text
 */
export function parseStage(text: string): ModelStage {
  const stage = MODEL_STAGES.find((known) => known.toLowerCase() === text.toLowerCase());
  if (stage) return stage;
  throw invalidInput(`Invalid Model Version stage: ${text}. Value must be one of ${MODEL_STAGES.join(', ')}.`, {
    field: 'stage',
  });
}

/** @throws AppError invalid_input if a transition to this stage cannot archive other versions */
export function checkMayArchiveOthers(stage: ModelStage): void {
  if (ACTIVE.includes(stage)) return;
  throw invalidInput(
    `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. ` +
      `Valid stages are ${ACTIVE.join(', ')}`,
  );
}
