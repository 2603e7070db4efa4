import type { StackOptions } from '@fraudflow/local';
import type { TrainedSystem, TrainedSystemOptions } from './trained-system.js';

/** Services that the program that runs a bench provides to it. */
export interface BenchHost {
  /** Prints one line of progress. */
  readonly note: (line: string) => void;
  /** Aborts when the bench has to end. */
  readonly interrupted: AbortSignal;
  /**
   * Options of every stack that a bench starts: the paths of the servers' programs, and the listener of its events.
   * @throws AppError invalid_input for a wrong setting
   */
  readonly stackOptions: () => Pick<StackOptions, 'redisServer' | 'postgresBinDir' | 'onEvent'>;
  /**
   * Starts the whole system, sends the history and waits until a model that was trained on it has scored it.
   * @throws AppError as starting a stack does; timeout for a step that does not end. Nothing is left running then.
   */
  readonly startTrainedSystem: (options: TrainedSystemOptions) => Promise<TrainedSystem>;
}
