import type { ModelEvent } from '@fraudflow/contracts';

/** Events that are written but perhaps not yet published. */
export abstract class Outbox {
  /**
   * Hands the oldest unpublished events to `publish`, in order, and notes them as published once it resolves. Only one
   * process at a time gets any; if `publish` throws, or the process dies before the note, the same events come again.
   * @returns how many were published; 0 if there are none or another process is at it.
   */
  abstract drain(limit: number, publish: (events: readonly ModelEvent[]) => Promise<void>): Promise<number>;

  /** How many events wait. */
  abstract pending(): Promise<number>;
}
