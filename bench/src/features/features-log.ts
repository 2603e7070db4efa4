import { featuresTopic } from '@fraudflow/contracts';
import { timedOut, unavailable } from '@fraudflow/core';
import { transactionIdOf } from '../system/record-id.js';
import { type LogReader, type Position, readOn } from '../system/topic-reader.js';
import { awaitCount, RecordCount } from '../system/catch-up.js';

const IDLE_LIMIT_MS = 60_000;
const POLL_INTERVAL_MS = 100;

/**
 * Waits until `wanted` records were appended to `features` since the count began.
 * @param onFirst called with the number of records of the first poll that found some. @throws AppError timeout if no
 * record is added for a minute; unavailable if interrupted.
 */
export async function awaitFeatures(
  features: RecordCount,
  wanted: number,
  signal: AbortSignal,
  onFirst: (done: number) => void = () => undefined,
): Promise<void> {
  let last = 0;
  const polls = awaitCount(() => features.towards(wanted), wanted, {
    idleMs: IDLE_LIMIT_MS,
    everyMs: POLL_INTERVAL_MS,
    signal,
  });
  for await (const { done } of polls) {
    if (last === 0 && done > 0) onFirst(done);
    last = done;
  }
  if (signal.aborted) throw unavailable('the bench was interrupted', { code: 'INTERRUPTED' });
  if (last < wanted) throw timedOut(`only ${last} of ${wanted} transactions have their features`);
}

/** When each transaction behind a position was appended, ms; the position moves to the topic's end. */
export async function appendTimes(log: LogReader, topic: string, from: Position): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for await (const { value, appendedAtMs } of readOn(log, topic, from)) {
    const id = transactionIdOf(value);
    if (id !== undefined) times.set(id, appendedAtMs);
  }
  return times;
}

/** First and last append time of `features` behind a position, and how many there are. */
export async function appendSpan(log: LogReader, from: Position) {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  let count = 0;
  for await (const { appendedAtMs } of readOn(log, featuresTopic.name, from)) {
    firstMs = Math.min(firstMs, appendedAtMs);
    lastMs = Math.max(lastMs, appendedAtMs);
    count++;
  }
  return { firstMs, lastMs, count };
}
