import type { ModelEvent } from '@fraudflow/contracts';

/** Events that are stored and not necessarily published yet. */
export abstract class Outbox {
  /**
   * Passes the oldest unpublished events to `publish`, in order, and marks them as published when it resolves. Only one
   * process at a time gets events. If `publish` throws, or the process dies before the mark, the same events are passed
   * again.
   * @returns the number of published events; 0 if there are none or another process publishes
   */
  abstract drain(limit: number, publish: (events: readonly ModelEvent[]) => Promise<void>): Promise<number>;

  /** The number of unpublished events. */
  abstract pending(): Promise<number>;
}
