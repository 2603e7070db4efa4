import { DAY_MS } from '@fraudflow/core';
import type { ApplyOutcome } from '../src/plan/state-event.js';

export interface NaiveTransaction {
  readonly id: string;
  readonly atMs: number;
  readonly amountMinor: number;
}

const DAYS = [1, 7, 30];
const LATENESS_MS = 7 * DAY_MS;
const RETENTION_MS = 37 * DAY_MS;

/** Reference model of the customer features, deliberately slow: every read filters every event. */
export class NaiveCustomer {
  #events: NaiveTransaction[] = [];
  newestMs = -Infinity;

  apply(event: NaiveTransaction): ApplyOutcome {
    const held = this.#events.find((known) => known.id === event.id);
    if (held !== undefined)
      return held.atMs === event.atMs && held.amountMinor === event.amountMinor ? 'duplicate' : 'reused';
    if (event.atMs < this.newestMs - LATENESS_MS) return 'too_late';
    const outcome = event.atMs < this.newestMs ? 'late' : 'applied';
    this.newestMs = Math.max(this.newestMs, event.atMs);
    this.#events.push(event);
    this.#events = this.#events.filter((known) => known.atMs > this.newestMs - RETENTION_MS);
    return outcome;
  }

  features(atMs: number): number[] {
    return DAYS.flatMap((days) => {
      const within = this.#events.filter((event) => event.atMs > atMs - days * DAY_MS && event.atMs <= atMs);
      const sum = within.reduce((total, event) => total + event.amountMinor, 0);
      return [within.length, within.length === 0 ? 0 : sum / (100 * within.length)];
    });
  }
}
