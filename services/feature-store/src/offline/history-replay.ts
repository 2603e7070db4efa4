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
import { VectorBlocks } from './vector-blocks.js';

/** History before a range that can still be seen in its features: what an entity's state holds, and the oldest late event's. */
export const LOOKBACK_MS = Math.max(CUSTOMER_RETENTION_MS, TERMINAL_RETENTION_MS) + ALLOWED_LATENESS_MS;

/** Computed rows held until their turn comes: they arrived before an older one that came late. */
const MAX_WAITING_ROWS = 250_000;

export interface ReplayRequest extends TimeRange {
  readonly features: readonly FeatureDefinition[];
  /** Only what came in from then on is exact, ms; saves reading what lies before. Default: fromMs. */
  readonly startMs?: number;
  /** Only transactions of both a customer and a terminal of these are wanted: nothing else is read. Default: all. */
  readonly entities?: HistoryEntities;
}

export interface CompletedRange extends ServedRange {
  readonly service: { readonly features: readonly FeatureDefinition[] };
}

/** Takes the vector the stream would have given a stored transaction. */
export type ReplayVisitor = (transaction: HistoryTransaction, vector: Float64Array) => void;

/** The stream's computation over the stored history, in the order things came in: for features that were not stored when they happened. */
export class HistoryReplay {
  constructor(
    private readonly history: History,
    private readonly events: ReplayEvents = QUIET_REPLAY,
  ) {}

  /**
   * Computes the features of all transactions of a range and shows them in order of arrival; yields how many events were read
   * with each batch. The vector is used again.
   * Reads 51 days of history before the range.
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
    skipped.tell();
  }

  /**
   * Fills in what rows lack (NaN), or computes all their values anew.
   * @param rows in order of event time, with those that came too late only if the range includes them
   * @throws AppError resource_exhausted `TOO_MUCH_OUT_OF_ORDER` if transactions came so late that too much would have to be held.
   */
  async *complete(
    rows: AsyncIterable<readonly TrainingRow[]>,
    { service, fromMs, toMs, includeLate = false }: CompletedRange,
    isAnew: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<readonly TrainingRow[]> {
    const waiting = new Map<number, Float64Array>();
    const vectors = new VectorBlocks(service.features.length);
    const keep = (transaction: HistoryTransaction, vector: Float64Array): void => {
      if (transaction.isLate === true && !includeLate) return;
      const kept = vectors.next();
      kept.set(vector);
      waiting.set(placeKey(transaction), kept);
    };
    const computing = this.visit({ fromMs, toMs, features: service.features }, keep, signal);
    try {
      for await (const batch of rows) {
        for (const row of batch) {
          const key = placeKey(row);
          while (!waiting.has(key)) if (!(await advance(computing, waiting))) break;
          take(row.values, waiting.get(key), isAnew);
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
    throw resourceExhausted('transactions came too late to compute their features in order; start a backfill instead', {
      code: 'TOO_MUCH_OUT_OF_ORDER',
    });
  }
  return (await computing.next()).done !== true;
}

/** A row the stream took for a repeat of one it still knew keeps what it was served with. */
function take(values: Float64Array, computed: Float64Array | undefined, isAnew: boolean): void {
  if (computed === undefined) return;
  for (let i = 0; i < values.length; i++) {
    if (isAnew || Number.isNaN(values[i])) values[i] = computed[i] as number;
  }
}

const PARTITIONS_LIMIT = 2 ** 16;

/** One number per place, exact below 2^37 offsets. Rows from before places were kept have partition -1. */
export function placeKey({ logPartition, logOffset }: Pick<HistoryTransaction, 'logPartition' | 'logOffset'>): number {
  return logOffset * PARTITIONS_LIMIT + logPartition + 1;
}
