import { DAY_MS } from '@fraudflow/core';
import type { RowBatch } from './handbook-file.js';
import type { HandbookRow } from './handbook-row.js';
import type { Pacer } from './pacer.js';
import { replayRecords } from './replay-records.js';
import type { TopicWriter } from './topic-writer.js';

export interface ReplayOptions {
  readonly labelDelayMs: number;
  /** Rows before it are skipped. */
  readonly fromMs?: number | undefined;
  /** The first row at or after it ends the replay; so does the end of `limitDays` days from the first row's midnight (UTC). */
  readonly untilMs?: number | undefined;
  readonly limitDays?: number | undefined;
  readonly pacer: Pacer;
  readonly signal?: AbortSignal;
}

export interface ReplayProgress {
  readonly rows: number;
  readonly labels: number;
  /** Share of the file read, 0 to 1. */
  readonly share: number;
  /** Event time of the newest row sent, ms. */
  readonly newestMs: number;
}

// Enough to fill produce requests, few enough to bound memory: rows of about 200 bytes each.
const ROWS_PER_WRITE = 2_000;
const WRITES_IN_FLIGHT = 4;

/**
 * Sends the rows of a file in file order, labels right behind their transactions; yields after each piece of the file and at the end.
 * Stops early when the signal aborts. What was yielded last is acknowledged by the broker.
 */
export async function* replay(
  batches: AsyncIterable<RowBatch>,
  writer: Pick<TopicWriter, 'write'>,
  options: ReplayOptions,
): AsyncGenerator<ReplayProgress> {
  const { pacer, signal } = options;
  const inFlight = new InFlight(WRITES_IN_FLIGHT);
  let range: TimeRange | undefined;
  let state: ReplayProgress = { rows: 0, labels: 0, share: 0, newestMs: 0 };
  for await (const { rows, progress } of batches) {
    const first = rows[0];
    if (range === undefined && first !== undefined) range = timeRange(first, options);
    const wanted = rows.filter((row) => range?.has(row.occurredAtMs));
    for (let at = 0; at < wanted.length && !signal?.aborted;) {
      const piece = wanted.slice(at, at + (await pacer.take(Math.min(ROWS_PER_WRITE, wanted.length - at))));
      await inFlight.add(writer.write(piece.flatMap((row) => replayRecords(row, options.labelDelayMs))));
      at += piece.length;
      state = advanced(state, piece);
    }
    state = { ...state, share: progress };
    yield state;
    if (signal?.aborted || range?.isPast(rows.at(-1))) break;
  }
  await inFlight.settle();
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

/** Keeps a bounded number of promises running; the first failure comes out of the next call. */
class InFlight {
  private readonly running: Promise<void>[] = [];

  constructor(private readonly limit: number) {}

  async add(write: Promise<void>): Promise<void> {
    // A failure is awaited later; without a handler until then Node would end the process.
    write.catch(() => undefined);
    this.running.push(write);
    if (this.running.length >= this.limit) await this.running.shift();
  }

  async settle(): Promise<void> {
    while (this.running.length > 0) await this.running.shift();
  }
}
