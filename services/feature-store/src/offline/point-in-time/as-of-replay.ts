import { idHash, PointInTimeEngine, type StateEvent, type VectorPlan } from '@fraudflow/features';
import type { HistoricalRows } from './historical-features.port.js';
import type { HistoryEvent, HistoryTransaction } from '../history/history.port.js';
import type { SkippedEvents } from '../history/skipped-events.js';
import { applyLabel, stateEvent } from '../history/stream-replay.js';

/** Placeholder id for a request's transaction without one; no real id begins with NUL. */
const UNNAMED_ID = '\0request';

/** Receives the features of one row of the request. The vector is reused after the call. */
export type RowVisitor = (row: number, vector: Float64Array) => void;

/**
 * As-of reads at any times of the history. Events arrive in order of event time; each read is made after all events up
 * to its time and before any later one. Labels may arrive early, because the engine counts each label only from the
 * time it became available.
 */
export class AsOfReplay {
  private readonly engine: PointInTimeEngine;
  private readonly vector: Float64Array;
  private next = 0;
  /** Transactions of the newest instant, one of which may be the transaction of a request's row. */
  private instant: HistoryTransaction[] = [];

  private readonly rows: HistoricalRows;
  private readonly order: Uint32Array;

  /** @param reads the rows, and the row numbers in order of time */
  constructor(
    plan: VectorPlan,
    reads: { readonly rows: HistoricalRows; readonly order: Uint32Array },
    private readonly visit: RowVisitor,
    private readonly skipped: SkippedEvents,
  ) {
    this.rows = reads.rows;
    this.order = reads.order;
    this.engine = new PointInTimeEngine(plan);
    this.vector = new Float64Array(plan.length);
  }

  /** Makes the reads before the next event, then applies it. */
  event(event: HistoryEvent): void {
    if (event.kind === 'label') {
      applyLabel(this.engine, event, this.skipped);
      return;
    }
    this.readBefore(event.occurredAtMs);
    try {
      this.engine.transaction(event.customerId, event.terminalId, stateEvent(event));
    } catch (thrown) {
      return this.skipped.note(thrown);
    }
    if (this.instant[0]?.occurredAtMs !== event.occurredAtMs) this.instant = [];
    this.instant.push(event);
  }

  /** Makes the remaining reads, after the last event. */
  finish(): void {
    this.readBefore(Number.POSITIVE_INFINITY);
    this.skipped.report();
  }

  private readBefore(timeMs: number): void {
    const { order, rows } = this;
    while (this.next < order.length) {
      const row = order[this.next] as number;
      const atMs = rows.atMs[row] as number;
      if (atMs >= timeMs) return;
      this.next++;
      const keys = { customerId: rows.customerIds[row] ?? '', terminalId: rows.terminalIds[row] ?? '' };
      this.engine.read(keys, atMs, this.requestTransaction(row, atMs), this.vector);
      this.visit(row, this.vector);
    }
  }

  private requestTransaction(row: number, atMs: number): StateEvent | undefined {
    const amountMinor = this.rows.amountMinor?.[row] ?? Number.NaN;
    if (Number.isNaN(amountMinor)) return undefined;
    const id = this.rows.transactionIds?.[row] ?? '';
    const occurredAtMs = Math.trunc(atMs);
    if (id !== '') return { idHash: idHash(id), occurredAtMs, amountMinor };
    const stored = this.matchingStored(row, occurredAtMs, amountMinor);
    return stored === undefined ? { idHash: idHash(UNNAMED_ID), occurredAtMs, amountMinor } : stateEvent(stored);
  }

  /**
   * The stored transaction equal to a row that names no id. The row means that transaction, so it must not be counted
   * twice.
   */
  private matchingStored(row: number, atMs: number, amountMinor: number): HistoryTransaction | undefined {
    const { customerIds, terminalIds } = this.rows;
    return this.instant.find(
      (stored) =>
        stored.occurredAtMs === atMs &&
        (stored.baseAmountMinor ?? stored.amountMinor) === amountMinor &&
        stored.customerId === (customerIds[row] ?? '') &&
        stored.terminalId === (terminalIds[row] ?? ''),
    );
  }
}
