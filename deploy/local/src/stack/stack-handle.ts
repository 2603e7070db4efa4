import type { PartRecord } from './run-state.js';
import type { StackAddresses } from './settings/addresses.js';

/** A running stack in this process. */
export interface StackHandle {
  readonly addresses: StackAddresses;
  /** The current state of all parts. */
  parts(): readonly PartRecord[];
  /**
   * Sends a signal (SIGKILL by default) to a part. The supervisor restarts the part if it ends.
   * @returns false if the part has no process at the moment
   * @throws AppError not_found for an unknown name
   */
  kill(name: string, signal?: NodeJS.Signals): boolean;
  /** Number of restarts of each part after a crash. */
  restartCounts(): Readonly<Record<string, number>>;
  /** Resident memory of each part in MiB. */
  memoryMb(): Readonly<Record<string, number>>;
  /** Stops the services, then the servers. Resolves when all have ended; a second call has no further effect. */
  stop(): Promise<void>;
}
