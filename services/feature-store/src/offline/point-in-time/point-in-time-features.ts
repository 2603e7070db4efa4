import { type FeatureDefinition, featureViewByName, planVector } from '@fraudflow/features';
import { AsOfReplay } from './as-of-replay.js';
import { RequestedEntities, fewEntities } from './requested-entities.js';
import { checkRows, matchesTransaction, rowsById, timeRangeOf } from './requested-rows.js';
import {
  type HistoricalColumns,
  HistoricalFeatures,
  type HistoricalRequest,
  type HistoricalRows,
} from './historical-features.port.js';
import { type HistoryReplay, LOOKBACK_MS } from '../history/history-replay.js';
import type { History, HistoryEntities } from '../history/history.port.js';
import type { PushedFeatures } from './pushed-features.js';
import { QUIET_REPLAY, type ReplayEvents, SkippedEvents } from '../history/skipped-events.js';

/** Upper bound of transactions looked up by id; with more, their whole time range is read. */
const MAX_LOOKED_UP_IDS = 10_000;
/** State of a request row: not served (0), filled from a late stored row (1), or from one in time (2). */
const LATE = 1;
const IN_TIME = 2;

/**
 * Features as of any times, computed by the functions of the stream. A row with the id and the time of a stored
 * transaction gets the values that transaction was served with; values that were not stored are computed in arrival
 * order. All other rows are as-of reads: they see all events with an event time up to theirs, and the labels available
 * by then. Only the history of the requested entities is read and held in memory.
 */
export class PointInTimeFeatures extends HistoricalFeatures {
  constructor(
    private readonly history: History,
    private readonly replay: HistoryReplay,
    private readonly pushed: PushedFeatures,
    private readonly events: ReplayEvents = QUIET_REPLAY,
  ) {
    super();
  }

  async retrieve({ features, rows }: HistoricalRequest, signal: AbortSignal): Promise<HistoricalColumns> {
    checkRows(rows);
    const isPushed = (feature: FeatureDefinition): boolean => featureViewByName(feature.view).kind === 'pushed';
    const pushed = features.filter(isPushed);
    const computed = features.filter((feature) => !isPushed(feature));
    const columns = new Map<string, Float64Array | readonly unknown[]>(
      pushed.length === 0 ? [] : await this.pushed.join(pushed, rows, signal),
    );
    if (computed.length > 0) {
      const table = new ValueTable(computed, rows.atMs.length);
      const served = await this.fillServed(computed, rows, table, signal);
      await this.fillAsOf(computed, rows, { table, served }, signal);
      computed.forEach(({ name }, i) => columns.set(name, table.columns[i] as Float64Array));
    }
    return { columns };
  }

  /** Fills the rows that are stored transactions. @returns the state of each row; above 0 = done */
  private async fillServed(
    features: readonly FeatureDefinition[],
    rows: HistoricalRows,
    table: ValueTable,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const served = new Uint8Array(rows.atMs.length);
    const byId = rowsById(rows);
    const span = timeRangeOf(rows.atMs, [...byId.values()].flat());
    if (span === undefined) return served;
    const range = { fromMs: Math.floor(span.fromMs), toMs: Math.floor(span.toMs) + 1 };
    const names = features.map(({ name }) => name);
    const customerIds = new Set<string>();
    const terminalIds = new Set<string>();
    const ids = byId.size <= MAX_LOOKED_UP_IDS ? [...byId.keys()] : undefined;
    for await (const batch of this.history.servedRows(range, names, ids, signal)) {
      for (const stored of batch) {
        for (const row of byId.get(stored.transactionId) ?? []) {
          // A duplicate outside the engine's deduplication window was also served, as a late one; the row in time has
          // precedence.
          const rank = stored.isLate ? LATE : IN_TIME;
          if ((served[row] ?? 0) >= rank || !matchesTransaction(rows, row, stored)) continue;
          table.put(row, stored.values);
          served[row] = rank;
          customerIds.add(stored.customerId);
          terminalIds.add(stored.terminalId);
        }
      }
    }
    if (await this.history.lacksFeatures(range, names)) {
      const entities = fewEntities(planVector(features), customerIds, terminalIds);
      await this.computeLacking(features, rows, { table, served, byId, range, entities }, signal);
    }
    return served;
  }

  private async computeLacking(
    features: readonly FeatureDefinition[],
    rows: HistoricalRows,
    { table, served, byId, range, entities }: ServedRows,
    signal: AbortSignal,
  ): Promise<void> {
    const computing = this.replay.visit(
      { ...range, features, ...(entities === undefined ? {} : { entities }) },
      (transaction, vector) => {
        for (const row of byId.get(transaction.transactionId) ?? []) {
          if ((served[row] ?? 0) > 0 && matchesTransaction(rows, row, transaction)) table.fill(row, vector);
        }
      },
      signal,
    );
    let step = await computing.next();
    while (step.done !== true) step = await computing.next();
  }

  private async fillAsOf(
    features: readonly FeatureDefinition[],
    rows: HistoricalRows,
    { table, served }: Pick<ServedRows, 'table' | 'served'>,
    signal: AbortSignal,
  ): Promise<void> {
    const order = byTime(rows.atMs, served);
    const span = timeRangeOf(rows.atMs, order);
    if (span === undefined) return;
    const put = (row: number, vector: Float64Array): void => table.put(row, vector);
    const skipped = new SkippedEvents(this.events);
    const plan = planVector(features);
    const replay = new AsOfReplay(plan, { rows, order }, put, skipped);
    const entities = new RequestedEntities(plan, rows, order);
    const wide = { fromMs: Math.floor(span.fromMs) - LOOKBACK_MS, toMs: Math.floor(span.toMs) + 1 };
    for await (const events of this.history.events({ ...wide, entities: entities.few }, 'event_time', signal)) {
      for (const event of events) if (entities.concerns(event)) replay.event(event);
    }
    replay.finish();
  }
}

interface ServedRows {
  readonly table: ValueTable;
  readonly served: Uint8Array;
  readonly byId: ReadonlyMap<string, readonly number[]>;
  readonly range: { readonly fromMs: number; readonly toMs: number };
  /** Entities of the served rows; undefined = too many for a query. */
  readonly entities: HistoryEntities | undefined;
}

/** The columns of the response, filled row by row. */
class ValueTable {
  readonly columns: readonly Float64Array[];

  constructor(features: readonly FeatureDefinition[], rows: number) {
    this.columns = features.map(() => new Float64Array(rows).fill(Number.NaN));
  }

  /** Writes all values of a row. */
  put(row: number, vector: Float64Array): void {
    for (let i = 0; i < this.columns.length; i++) (this.columns[i] as Float64Array)[row] = vector[i] as number;
  }

  /** Writes only the missing values (NaN) of a row. */
  fill(row: number, vector: Float64Array): void {
    for (let i = 0; i < this.columns.length; i++) {
      const column = this.columns[i] as Float64Array;
      if (Number.isNaN(column[row])) column[row] = vector[i] as number;
    }
  }
}

/** Row numbers of the rows that are not done, in order of time. */
function byTime(atMs: Float64Array, done: Uint8Array): Uint32Array {
  const order = new Uint32Array(atMs.length);
  let count = 0;
  let isSorted = true;
  for (let row = 0; row < atMs.length; row++) {
    if ((done[row] ?? 0) > 0) continue;
    isSorted &&= count === 0 || (atMs[order[count - 1] as number] as number) <= (atMs[row] as number);
    order[count++] = row;
  }
  const rows = order.subarray(0, count);
  return isSorted ? rows : rows.sort((a, b) => (atMs[a] as number) - (atMs[b] as number));
}
