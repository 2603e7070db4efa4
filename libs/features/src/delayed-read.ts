import type { EventLog } from './event-log.js';
import { isFraudCode } from './label-code.js';
import type { LabelLog } from './label-log.js';
import { LABEL_DELAY_MS, WINDOW_COUNT, WINDOWS_MS } from './time-rules.js';

/** A transaction counted though the ring does not hold it. */
export interface ExtraTransaction {
  readonly atMs: number;
  readonly isFraud: boolean;
}

export interface DelayedCounts {
  readonly counts: Float64Array;
  readonly frauds: Float64Array;
}

const counts = new Float64Array(WINDOW_COUNT);
const frauds = new Float64Array(WINDOW_COUNT);
const heads = new Float64Array(WINDOW_COUNT);
let labelsInForce = new Uint8Array(1_024);

/**
 * Transactions and known frauds over (t − D − W, t − D] of each window as of any t, past or future, from the labels available
 * by t. The result is reused by the next call.
 */
export function readDelayed(
  ring: EventLog,
  labels: LabelLog,
  atMs: number,
  extra: ExtraTransaction | undefined,
): DelayedCounts {
  const endMs = atMs - LABEL_DELAY_MS;
  const tail = ring.upperBound(endMs);
  for (let w = 0; w < WINDOW_COUNT; w++) {
    const edge = endMs - (WINDOWS_MS[w] as number);
    const head = ring.upperBound(edge);
    const hasExtra = extra !== undefined && edge < extra.atMs && extra.atMs <= endMs;
    heads[w] = head;
    counts[w] = tail - head + (hasExtra ? 1 : 0);
    frauds[w] = hasExtra && extra.isFraud ? 1 : 0;
  }
  countFrauds(ring, labels, atMs, tail);
  return { counts, frauds };
}

function countFrauds(ring: EventLog, labels: LabelLog, atMs: number, tail: number): void {
  if (labels.end === labels.first) return;
  if (labelsInForce.length < ring.length) labelsInForce = new Uint8Array(ring.length * 2);
  labelsInForce.fill(0, 0, ring.length);
  labels.inForceAt(atMs, ring.first, labelsInForce);
  for (let seq = heads[WINDOW_COUNT - 1] as number; seq < tail; seq++) {
    if (!isFraudCode(labelsInForce[seq - ring.first] as number)) continue;
    for (let w = 0; w < WINDOW_COUNT; w++) if (seq >= (heads[w] as number)) frauds[w] = (frauds[w] as number) + 1;
  }
}
