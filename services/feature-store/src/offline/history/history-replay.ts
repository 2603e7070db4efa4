import { resourceExhausted } from '@fraudflow/core';
import {
  ALLOWED_LATENESS_MS,
  CUSTOMER_RETENTION_MS,
  type FeatureDefinition,
  planVector,
  TERMINAL_RETENTION_MS,
} from '@fraudflow/features';
import type {
  History,
  HistoryEntities,
  HistoryTransaction,
  ServedRange,
  TimeRange,
  TrainingRow,
} from './history.port.js';
import { QUIET_REPLAY, type ReplayEvents, SkippedEvents } from './skipped-events.js';
import { StreamReplay } from './stream-replay.js';
import { rowVectors } from './row-vectors.js';

/** Length of history before a range that affects its features: the retention of states plus the allowed lateness. */
export const LOOKBACK_MS = Math.max(CUSTOMER_RETENTION_MS, TERMINAL_RETENTION_MS) + ALLOWED_LATENESS_MS;

/** Upper bound of computed rows in memory: rows that arrived before a late row with an older event time. */
const MAX_WAITING_ROWS = 250_000;

/** The features and the event-time range of a replay. */
export interface ReplayRequest extends TimeRange {
  readonly features: readonly FeatureDefinition[];
  /** Rows that arrived before this time may be inexact, ms; less history is read. Default: fromMs. */
  readonly startMs?: number;
  /**
   * Only transactions whose customer and terminal are both in these sets are needed, so nothing else is read. Default:
   * all.
   */
  readonly entities?: HistoryEntities;
}

export interface CompletedRange extends ServedRange {
  readonly service: { readonly features: readonly FeatureDefinition[] };
}

/** Receives the vector that the stream would compute for a stored transaction. */
export type ReplayVisitor = (transaction: HistoryTransaction, vector: Float64Array) => void;

/** Runs the stream's computation over the stored history in arrival order, to compute features that were not stored. */
export class HistoryReplay {
  constructor(
    private readonly history: History,
    private readonly events: ReplayEvents = QUIET_REPLAY,
  ) {}

  /**
   * Computes the features of all transactions of a range and passes them to `visit` in arrival order. The vector is
   * reused after each call. Reads 51 days of history before the range.
   * @returns yields the number of events of each batch read
   */
  async *visit(
    { fromMs, toMs, startMs = fromMs, features, entities }: ReplayRequest,
    visit: ReplayVisitor,
    signal: AbortSignal,
  ): AsyncGenerator<number> {
    const plan = planVector(features);
    const skipped = new SkippedEvents(this.events);
    const replay = new StreamReplay(plan, skipped);
    const vector = new Float64Array(plan.length);
    const wide = { fromMs: startMs - LOOKBACK_MS, toMs, entities };
    for await (const events of this.history.events(wide, 'arrival', signal)) {
      for (const event of events) {
        if (event.kind === 'label') replay.label(event);
        else if (event.occurredAtMs < fromMs) replay.transaction(event);
        else if (replay.transaction(event, vector)) visit(event, vector);
      }
      yield events.length;
    }
    skipped.report();
  }

  /**
   * Fills in the missing values (NaN) of rows, or recomputes all their values.
   * @param rows in order of event time; includes late transactions only if `includeLate` is set
   * @param recomputeAll true replaces stored values, too
   * @throws AppError resource_exhausted `TOO_MUCH_OUT_OF_ORDER` if late transactions would need too many rows in memory
   */
  async *complete(
    rows: AsyncIterable<readonly TrainingRow[]>,
    { service, fromMs, toMs, includeLate = false }: CompletedRange,
    recomputeAll: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<readonly TrainingRow[]> {
    const waiting = new Map<number, Float64Array>();
    const width = service.features.length;
    const vectors = rowVectors(width);
    const keep = (transaction: HistoryTransaction, vector: Float64Array): void => {
      if (transaction.isLate === true && !includeLate) return;
      const kept = vectors.take(width);
      kept.set(vector);
      waiting.set(placeKey(transaction), kept);
    };
    const computing = this.visit({ fromMs, toMs, features: service.features }, keep, signal);
    try {
      for await (const batch of rows) {
        for (const row of batch) {
          const key = placeKey(row);
          while (!waiting.has(key)) if (!(await advance(computing, waiting))) break;
          mergeValues(row.values, waiting.get(key), recomputeAll);
          waiting.delete(key);
        }
        yield batch;
      }
    } finally {
      await computing.return(undefined);
    }
  }
}

async function advance(computing: AsyncGenerator<number>, waiting: ReadonlyMap<number, unknown>): Promise<boolean> {
  if (waiting.size > MAX_WAITING_ROWS) {
    throw resourceExhausted(
      'too many late transactions to compute their features in memory: start a backfill instead',
      {
        code: 'TOO_MUCH_OUT_OF_ORDER',
      },
    );
  }
  return (await computing.next()).done !== true;
}

/**
 * Merges computed values into a row. A row that the stream dropped as a duplicate has none and keeps its stored values.
 */
function mergeValues(values: Float64Array, computed: Float64Array | undefined, recomputeAll: boolean): void {
  if (computed === undefined) return;
  for (let i = 0; i < values.length; i++) {
    if (recomputeAll || Number.isNaN(values[i])) values[i] = computed[i] as number;
  }
}

const PARTITIONS_LIMIT = 2 ** 16;

/**
 * The position in the log as one number, exact for offsets below 2^37. Rows of versions that stored no position have
 * partition -1.
 */
export function placeKey({ logPartition, logOffset }: Pick<HistoryTransaction, 'logPartition' | 'logOffset'>): number {
  return logOffset * PARTITIONS_LIMIT + logPartition + 1;
}
