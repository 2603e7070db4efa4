import { invalidInput } from '@fraudflow/core';

/** Error MODEL_SIGNATURE: the model file is safe but cannot be served. */
export function unfitModel(why: string, cause?: unknown): Error {
  return invalidInput(`the model cannot be served: ${why}`, { code: 'MODEL_SIGNATURE', cause });
}
