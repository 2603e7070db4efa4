import type { PartRecord } from './run-state.js';
import type { StackAddresses } from './settings/addresses.js';

/** A running stack in this process. */
export interface StackHandle {
  readonly addresses: StackAddresses;
  /** Every part as it is now. */
  parts(): readonly PartRecord[];
  /**
   * Sends a signal (SIGKILL by default) to a part; its supervisor starts it again if it dies.
   * @returns false if it has no process at the moment.
   * @throws AppError not_found for an unknown name.
   */
  kill(name: string, signal?: NodeJS.Signals): boolean;
  /** How often each part was started again after a crash. */
  restartCounts(): Readonly<Record<string, number>>;
  /** Resident memory of each part in MiB. */
  memoryMb(): Readonly<Record<string, number>>;
  /** Services first, then the servers. Resolves when all are gone; calling it again does nothing more. */
  stop(): Promise<void>;
}
