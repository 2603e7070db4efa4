import type { EventLog } from './event-log.js';
import { inForceOf, isFraudCode } from './label-code.js';
import { LABEL_DELAY_MS, WINDOW_COUNT, WINDOWS_MS } from './time-rules.js';

/**
 * Count and known frauds of the log over (t − D − W, t − D] for each window length, t being the newest event's time. All
 * windows end at one sequence number, `tail`; each has its own head. O(1) amortised per event.
 */
export class DelayedWindows {
  /** First event that is not yet older than the delay. */
  #tail = 0;
  readonly #heads = new Float64Array(WINDOW_COUNT);
  readonly #frauds = new Float64Array(WINDOW_COUNT);

  /** Moves all windows to a newer time: events enter at the tail with the label in force, and leave at the heads. */
  advance(log: EventLog, newest: number): void {
    const end = newest - LABEL_DELAY_MS;
    while (this.#tail < log.end && log.timeAt(this.#tail) <= end) {
      if (isFraudAt(log, this.#tail)) this.#addFraudToAll();
      this.#tail++;
    }
    for (let w = 0; w < WINDOW_COUNT; w++) this.#dropHead(log, w, end - (WINDOWS_MS[w] as number));
  }

  /** Takes in an event inserted behind `newest`. */
  insertLate(time: number, isFraud: boolean, newest: number): void {
    const end = newest - LABEL_DELAY_MS;
    if (time > end) return;
    this.#tail++;
    for (let w = 0; w < WINDOW_COUNT; w++) {
      if (time <= end - (WINDOWS_MS[w] as number)) this.#heads[w] = (this.#heads[w] as number) + 1;
      else if (isFraud) this.#addFraudTo(w, 1);
    }
  }

  /** The label in force of event `seq` became fraud (+1) or genuine (−1). */
  relabel(seq: number, delta: 1 | -1): void {
    if (seq >= this.#tail) return;
    for (let w = 0; w < WINDOW_COUNT; w++) if (seq >= (this.#heads[w] as number)) this.#addFraudTo(w, delta);
  }

  count(w: number): number {
    return this.#tail - (this.#heads[w] as number);
  }

  frauds(w: number): number {
    return this.#frauds[w] as number;
  }

  #dropHead(log: EventLog, w: number, edge: number): void {
    let head = this.#heads[w] as number;
    while (head < this.#tail && log.timeAt(head) <= edge) {
      if (isFraudAt(log, head)) this.#addFraudTo(w, -1);
      head++;
    }
    this.#heads[w] = head;
  }

  #addFraudToAll(): void {
    for (let w = 0; w < WINDOW_COUNT; w++) this.#addFraudTo(w, 1);
  }

  #addFraudTo(w: number, delta: number): void {
    this.#frauds[w] = (this.#frauds[w] as number) + delta;
  }
}

function isFraudAt(log: EventLog, seq: number): boolean {
  return isFraudCode(inForceOf(log.codeAt(seq)));
}
