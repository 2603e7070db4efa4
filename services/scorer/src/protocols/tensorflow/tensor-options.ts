import type { Clock } from '@fraudflow/core';

/** Settings of the TensorFlow Serving protocol. */
export abstract class TensorOptions {
  abstract readonly modelName: string;
  abstract readonly clock: Clock;
  /** Timeout of a call whose caller set no deadline, ms. */
  abstract readonly defaultTimeoutMs: number;
  /** Largest number of rows of a prediction. */
  abstract readonly maxRows: number;
}
