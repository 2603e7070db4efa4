import { DAY_MS } from '@fraudflow/core';
import type { HandbookRow, Pacer, RowBatch, TopicWriter } from '@fraudflow/bench';
import { PacedSender, type Sending } from './paced-sender.js';
import { replayRecords } from './replay-records.js';

export interface ReplayOptions {
  readonly labelDelayMs: number;
  /** Rows before it are skipped. */
  readonly fromMs?: number | undefined;
  /**
   * The first row at or after it ends the replay; so does the end of `limitDays` days from the first row's midnight
   * (UTC).
   */
  readonly untilMs?: number | undefined;
  readonly limitDays?: number | undefined;
  readonly pacer: Pacer;
  readonly signal?: AbortSignal;
}

export interface ReplayProgress {
  readonly rows: number;
  readonly labels: number;
  /** Fraction of the file that is read, 0 to 1. */
  readonly share: number;
  /** Event time of the newest row sent, ms. */
  readonly newestMs: number;
}

/**
 * Sends the rows of a file in file order, each label directly after its transaction. Yields the progress; the last
 * progress is acknowledged by the broker. Stops early when the signal aborts.
 */
export async function* replay(
  batches: AsyncIterable<RowBatch>,
  writer: Pick<TopicWriter, 'write'>,
  options: ReplayOptions,
): AsyncGenerator<ReplayProgress> {
  const { signal } = options;
  const sender = new PacedSender(writer, options.pacer, signal);
  const sending: Sending<HandbookRow> = {
    recordsOf: (row) => replayRecords(row, options.labelDelayMs),
    timeOf: (row) => row.occurredAtMs,
  };
  let range: TimeRange | undefined;
  let state: ReplayProgress = { rows: 0, labels: 0, share: 0, newestMs: 0 };
  for await (const { rows, progress } of batches) {
    const first = rows[0];
    if (range === undefined && first !== undefined) range = timeRange(first, options);
    const wanted = rows.filter((row) => range?.has(row.occurredAtMs));
    for await (const piece of sender.send(wanted, sending)) {
      state = advanced(state, piece);
      yield state;
    }
    state = { ...state, share: progress };
    yield state;
    if (signal?.aborted || range?.isPast(rows.at(-1))) break;
  }
  await sender.settle();
  yield { ...state, share: 1 };
}

interface TimeRange {
  has(ms: number): boolean;
  isPast(row: HandbookRow | undefined): boolean;
}

function timeRange(first: HandbookRow, { fromMs = 0, untilMs = Infinity, limitDays }: ReplayOptions): TimeRange {
  const firstDayMs = Math.floor(Math.max(first.occurredAtMs, fromMs) / DAY_MS) * DAY_MS;
  const endMs = Math.min(untilMs, limitDays === undefined ? Infinity : firstDayMs + limitDays * DAY_MS);
  return {
    has: (ms) => ms >= fromMs && ms < endMs,
    isPast: (row) => row !== undefined && row.occurredAtMs >= endMs,
  };
}

function advanced(state: ReplayProgress, piece: readonly HandbookRow[]): ReplayProgress {
  return {
    ...state,
    rows: state.rows + piece.length,
    labels: state.labels + piece.filter((row) => row.isFraud).length,
    newestMs: piece.at(-1)?.occurredAtMs ?? state.newestMs,
  };
}
