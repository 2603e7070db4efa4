import { AppError } from '@fraudflow/core';

/** What reads of the history tell. */
export interface ReplayEvents {
  /** Stored events that the stream has left out, too, because the states cannot take them. */
  eventsSkipped(count: number): void;
}

export const QUIET_REPLAY: ReplayEvents = { eventsSkipped: () => undefined };

/** Counts the events of one read that the states cannot take, e.g. a label of the year 9999: the stream has skipped them, so a replay does. */
export class SkippedEvents {
  private count = 0;

  constructor(private readonly events: ReplayEvents) {}

  /** Counts an event that the states refused. @throws what was thrown, if it is anything else */
  note(thrown: unknown): void {
    if (!(thrown instanceof AppError) || thrown.code !== 'EVENT_INVALID') throw thrown;
    this.count++;
  }

  /** Tells how many were skipped, if any. To be called at the end of the read. */
  tell(): void {
    if (this.count > 0) this.events.eventsSkipped(this.count);
    this.count = 0;
  }
}
