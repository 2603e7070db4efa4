import { invalidInput } from '@fraudflow/core';

/** The error for a model file that is safe but cannot be served: code MODEL_SIGNATURE. */
export function unfitModel(why: string, cause?: unknown): Error {
  return invalidInput(`the model cannot be served: ${why}`, { code: 'MODEL_SIGNATURE', cause });
}
