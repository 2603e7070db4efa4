import type { EventLog } from './event-log.js';
import { WINDOW_COUNT, WINDOWS_MS } from './time-rules.js';

/**
 * Count and sum of the log's values over (t − W, t] for each window length, t being the newest event's time. Each window is
 * its first sequence number and a sum of whole numbers, from which leaving events are subtracted: exact, as long as the
 * sum of a window stays below 2^53. O(1) amortised per event.
 */
export class SumWindows {
  readonly #heads = new Float64Array(WINDOW_COUNT);
  readonly #sums = new Float64Array(WINDOW_COUNT);

  /** Takes the newest event in and lets go of what left its windows. */
  append(log: EventLog, time: number, value: number): void {
    for (let w = 0; w < WINDOW_COUNT; w++) {
      const edge = time - (WINDOWS_MS[w] as number);
      let head = this.#heads[w] as number;
      let sum = (this.#sums[w] as number) + value;
      while (log.timeAt(head) <= edge) sum -= log.valueAt(head++);
      this.#heads[w] = head;
      this.#sums[w] = sum;
    }
  }

  /** Takes in an event inserted behind `newest`. */
  insertLate(time: number, value: number, newest: number): void {
    for (let w = 0; w < WINDOW_COUNT; w++) {
      if (time <= newest - (WINDOWS_MS[w] as number)) this.#heads[w] = (this.#heads[w] as number) + 1;
      else this.#sums[w] = (this.#sums[w] as number) + value;
    }
  }

  /** Starts from a decoded log. */
  rebuild(log: EventLog, newest: number): void {
    for (let w = 0; w < WINDOW_COUNT; w++) {
      const head = log.upperBound(newest - (WINDOWS_MS[w] as number));
      this.#heads[w] = head;
      this.#sums[w] = sumOf(log, head, log.end);
    }
  }

  count(log: EventLog, w: number): number {
    return log.end - (this.#heads[w] as number);
  }

  sum(w: number): number {
    return this.#sums[w] as number;
  }

  /** Sum over [from, end) of a window that ends at or after the newest event, by subtracting what has left since. */
  sumFrom(log: EventLog, w: number, from: number): number {
    return (this.#sums[w] as number) - sumOf(log, this.#heads[w] as number, from);
  }
}

/** Sum of the values of events from ≤ seq < end. */
export function sumOf(log: EventLog, from: number, end: number): number {
  let sum = 0;
  for (let seq = from; seq < end; seq++) sum += log.valueAt(seq);
  return sum;
}
