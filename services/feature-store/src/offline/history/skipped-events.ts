import { AppError } from '@fraudflow/core';

/** Events of reads of the history. */
export interface ReplayEvents {
  /** Stored events were skipped because states refuse them; the stream skipped them, too. */
  eventsSkipped(count: number): void;
}

/** Ignores all events. */
export const QUIET_REPLAY: ReplayEvents = { eventsSkipped: () => undefined };

/**
 * Counts the events of one read that states refuse, e.g. a label of the year 9999. The stream skipped them, so a replay
 * does the same.
 */
export class SkippedEvents {
  private count = 0;

  constructor(private readonly events: ReplayEvents) {}

  /** Counts a refused event (`EVENT_INVALID`). @throws any other error unchanged */
  note(thrown: unknown): void {
    if (!(thrown instanceof AppError) || thrown.code !== 'EVENT_INVALID') throw thrown;
    this.count++;
  }

  /** Reports the number of skipped events, if any. Call it at the end of the read. */
  report(): void {
    if (this.count > 0) this.events.eventsSkipped(this.count);
    this.count = 0;
  }
}
