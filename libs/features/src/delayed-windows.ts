import type { EventLog } from './event-log.js';
import { inForceOf, isFraudCode } from './label-code.js';
import { LABEL_DELAY_MS, WINDOW_COUNT, WINDOWS_MS } from './time-rules.js';

/** Registers of the log: first event not yet older than the delay; per window its first event, then its known frauds. */
const TAIL = 0;
const HEAD = 1;
const FRAUDS = HEAD + WINDOW_COUNT;
/** The register after the windows' own is free for the owner of the log. */
export const FREE_REGISTER = FRAUDS + WINDOW_COUNT;

/*
 * Count and known frauds of the log over (t − D − W, t − D] for each window length, t being the newest event's time. The
 * log's values are packed labels. All windows end at one sequence number; each has its own head. O(1) amortised per event.
 */

/** Moves all windows to a newer time: events enter at the tail with the label in force, and leave at the heads. */
export function advanceWindows(log: EventLog, newest: number): void {
  const endMs = newest - LABEL_DELAY_MS;
  let tail = log.register(TAIL);
  while (tail < log.end && log.timeAt(tail) <= endMs) {
    if (isFraudAt(log, tail)) for (let w = 0; w < WINDOW_COUNT; w++) log.addToRegister(FRAUDS + w, 1);
    tail++;
  }
  log.setRegister(TAIL, tail);
  for (let w = 0; w < WINDOW_COUNT; w++) {
    const edge = endMs - (WINDOWS_MS[w] as number);
    let head = log.register(HEAD + w);
    while (head < tail && log.timeAt(head) <= edge) {
      if (isFraudAt(log, head)) log.addToRegister(FRAUDS + w, -1);
      head++;
    }
    log.setRegister(HEAD + w, head);
  }
}

/** Takes in an event inserted behind `newest`. */
export function insertIntoDelayed(log: EventLog, time: number, isFraud: boolean, newest: number): void {
  const endMs = newest - LABEL_DELAY_MS;
  if (time > endMs) return;
  log.addToRegister(TAIL, 1);
  for (let w = 0; w < WINDOW_COUNT; w++) {
    if (time <= endMs - (WINDOWS_MS[w] as number)) log.addToRegister(HEAD + w, 1);
    else if (isFraud) log.addToRegister(FRAUDS + w, 1);
  }
}

/** The label in force of event `seq` became fraud (+1) or genuine (−1). */
export function relabelInWindows(log: EventLog, seq: number, delta: 1 | -1): void {
  if (seq >= log.register(TAIL)) return;
  for (let w = 0; w < WINDOW_COUNT; w++) if (seq >= log.register(HEAD + w)) log.addToRegister(FRAUDS + w, delta);
}

export function delayedCount(log: EventLog, w: number): number {
  return log.register(TAIL) - log.register(HEAD + w);
}

export function delayedFrauds(log: EventLog, w: number): number {
  return log.register(FRAUDS + w);
}

function isFraudAt(log: EventLog, seq: number): boolean {
  return isFraudCode(inForceOf(log.valueAt(seq)));
}
