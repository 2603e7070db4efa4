import type { EventLog } from './event-log.js';
import { WINDOW_COUNT, WINDOWS_MS } from './time-rules.js';

/** Registers of the log: per window its first sequence number, then per window its sum. */
const HEAD = 0;
const SUM = WINDOW_COUNT;

/*
 * Count and sum of the log's values over (t − W, t] for each window length, t being the newest event's time. A window is its
 * first sequence number and a sum of whole numbers, from which leaving events are subtracted: exact as long as the sum of a
 * window stays below 2^53, and O(1) amortised per event.
 */

/** Takes the newest event in and lets go of what left its windows. */
export function appendToWindows(log: EventLog, time: number, value: number): void {
  for (let w = 0; w < WINDOW_COUNT; w++) {
    const edge = time - (WINDOWS_MS[w] as number);
    let head = log.register(HEAD + w);
    let sum = log.register(SUM + w) + value;
    while (log.timeAt(head) <= edge) sum -= log.valueAt(head++);
    log.setRegister(HEAD + w, head);
    log.setRegister(SUM + w, sum);
  }
}

/** Takes in an event inserted behind `newest`. */
export function insertIntoWindows(log: EventLog, time: number, value: number, newest: number): void {
  for (let w = 0; w < WINDOW_COUNT; w++) {
    if (time <= newest - (WINDOWS_MS[w] as number)) log.addToRegister(HEAD + w, 1);
    else log.addToRegister(SUM + w, value);
  }
}

/** Finds the windows of a decoded log. */
export function rebuildWindows(log: EventLog, newest: number): void {
  for (let w = 0; w < WINDOW_COUNT; w++) {
    const head = log.upperBound(newest - (WINDOWS_MS[w] as number));
    log.setRegister(HEAD + w, head);
    log.setRegister(SUM + w, sumOf(log, head, log.end));
  }
}

export function windowCount(log: EventLog, w: number): number {
  return log.end - log.register(HEAD + w);
}

export function windowSum(log: EventLog, w: number): number {
  return log.register(SUM + w);
}

/** Sum over [from, end) of a window that ends at or after the newest event, by subtracting what has left since. */
export function windowSumFrom(log: EventLog, w: number, from: number): number {
  return log.register(SUM + w) - sumOf(log, log.register(HEAD + w), from);
}

/** Sum of the values of events from ≤ seq < end. */
export function sumOf(log: EventLog, from: number, end: number): number {
  let sum = 0;
  for (let seq = from; seq < end; seq++) sum += log.valueAt(seq);
  return sum;
}
