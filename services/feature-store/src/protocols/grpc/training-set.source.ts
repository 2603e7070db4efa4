import { featuresV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import type { TrainingSource } from '../../offline/training-sets/training-sets.js';

/** @throws AppError invalid_input for an unknown number. */
export function toSource(source: featuresV1.TrainingSetSource | undefined): TrainingSource {
  switch (source) {
    case undefined:
    case featuresV1.TrainingSetSource.TRAINING_SET_SOURCE_UNSPECIFIED:
      return 'completed';
    case featuresV1.TrainingSetSource.TRAINING_SET_SOURCE_SERVED:
      return 'served';
    case featuresV1.TrainingSetSource.TRAINING_SET_SOURCE_RECOMPUTED:
      return 'recomputed';
    default:
      throw invalidInput(`source: ${source} is not known`, { field: 'source' });
  }
}
