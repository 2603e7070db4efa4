import { asError, type Clock, DAY_MS, HOUR_MS } from '@fraudflow/core';

/** Something that holds rows by event time. */
export interface Forgetful {
  /** Deletes what lies before an instant, whole units only. @returns names of what was deleted, for the log */
  dropBefore(timeMs: number): Promise<readonly string[]>;
}

export interface RetentionEvents {
  historyDropped(before: Date, names: readonly string[]): void;
  retentionFailed(error: Error): void;
}

export interface RetentionParts {
  /** Event time of the newest transaction, ms; undefined if there is none. */
  readonly newestEventMs: () => Promise<number | undefined>;
  readonly stores: readonly Forgetful[];
  readonly events: RetentionEvents;
  readonly clock: Clock;
}

/** Features look back 51 days. */
const LEAST_DAYS = 60;

/** Deletes the history that is older than wanted, at start and every hour. Several workers may run it at once. */
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

  /** One round. Never rejects: what fails is told, and comes up again with the next. */
  async enforce(): Promise<void> {
    const { newestEventMs, stores, events, clock } = this.parts;
    try {
      const newestMs = await newestEventMs();
      if (newestMs === undefined || this.days === 0) return;
      // An event dated ahead of the clock, by mistake, must not take the history with it.
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
