import { asError, type Clock, DAY_MS, HOUR_MS } from '@fraudflow/core';

/** A store of rows by event time that can be pruned. */
export interface PrunableStore {
  /**
   * Deletes the units (e.g. months) that end at or before an instant.
   * @returns names of the deleted units, for the log
   */
  dropBefore(timeMs: number): Promise<readonly string[]>;
}

export interface RetentionEvents {
  historyDropped(before: Date, names: readonly string[]): void;
  retentionFailed(error: Error): void;
}

export interface RetentionParts {
  /** Event time of the newest transaction, ms; undefined if there is none. */
  readonly newestEventMs: () => Promise<number | undefined>;
  readonly stores: readonly PrunableStore[];
  readonly events: RetentionEvents;
  readonly clock: Clock;
}

/** Lower bound of the retention, because features look back 51 days. */
const LEAST_DAYS = 60;

/** Deletes expired history at start and every hour. Several workers may run it concurrently. */
export class HistoryRetention {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  /** @param days 0 = keep everything; fewer than 60 count as 60 */
  constructor(
    private readonly days: number,
    private readonly parts: RetentionParts,
  ) {}

  start(): void {
    if (this.days === 0) return;
    const run = (): void => void (this.running = this.enforce());
    run();
    this.timer = setInterval(run, HOUR_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Runs one round. Never rejects: a failure is reported, and the next round retries. */
  async enforce(): Promise<void> {
    const { newestEventMs, stores, events, clock } = this.parts;
    try {
      const newestMs = await newestEventMs();
      if (newestMs === undefined || this.days === 0) return;
      // The clock bounds the newest time, because an event dated in the future by mistake must not delete the history.
      const beforeMs = Math.min(newestMs, clock.nowMs()) - Math.max(this.days, LEAST_DAYS) * DAY_MS;
      for (const store of stores) {
        const names = await store.dropBefore(beforeMs);
        if (names.length > 0) events.historyDropped(new Date(beforeMs), names);
      }
    } catch (thrown) {
      events.retentionFailed(asError(thrown));
    }
  }
}
