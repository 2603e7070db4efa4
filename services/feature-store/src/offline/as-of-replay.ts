import { idHash, PointInTimeEngine, type StateEvent, type VectorPlan } from '@fraudflow/features';
import type { HistoricalRows } from './historical-features.port.js';
import type { HistoryEvent, HistoryTransaction } from './history.port.js';
import type { SkippedEvents } from './skipped-events.js';
import { applyLabel, stateEvent } from './stream-replay.js';

/** Stands in for the id of a transaction in hand that has none; no id begins like this. */
const NAMELESS = '\0in hand';

/** Takes the features of one row of the request. The vector is used again. */
export type RowVisitor = (row: number, vector: Float64Array) => void;

/**
 * Reads at any times of history: events are given by event time, and each read is made when everything up to its time is in and
 * nothing later. Labels are given early; the engine counts each from the time it became available.
 */
export class AsOfReplay {
  private readonly engine: PointInTimeEngine;
  private readonly vector: Float64Array;
  private next = 0;
  /** Transactions of the newest instant: one of them may be the transaction a row has in hand. */
  private instant: HistoryTransaction[] = [];

  private readonly rows: HistoricalRows;
  private readonly order: Uint32Array;

  /** @param reads the rows, and their numbers by time */
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

  /** Takes the next event in, after the reads that come before it. */
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

  /** Makes the reads that are left: no more events come. */
  finish(): void {
    this.readBefore(Number.POSITIVE_INFINITY);
    this.skipped.tell();
  }

  private readBefore(timeMs: number): void {
    const { order, rows } = this;
    while (this.next < order.length) {
      const row = order[this.next] as number;
      const atMs = rows.atMs[row] as number;
      if (atMs >= timeMs) return;
      this.next++;
      const keys = { customerId: rows.customerIds[row] ?? '', terminalId: rows.terminalIds[row] ?? '' };
      this.engine.read(keys, atMs, this.inHand(row, atMs), this.vector);
      this.visit(row, this.vector);
    }
  }

  private inHand(row: number, atMs: number): StateEvent | undefined {
    const amountMinor = this.rows.amountMinor?.[row] ?? Number.NaN;
    if (Number.isNaN(amountMinor)) return undefined;
    const id = this.rows.transactionIds?.[row] ?? '';
    const occurredAtMs = Math.trunc(atMs);
    if (id !== '') return { idHash: idHash(id), occurredAtMs, amountMinor };
    const stored = this.storedTwin(row, occurredAtMs, amountMinor);
    return stored === undefined ? { idHash: idHash(NAMELESS), occurredAtMs, amountMinor } : stateEvent(stored);
  }

  /** A row that does not name its transaction but matches a stored one in all else is that one, and must not count twice. */
  private storedTwin(row: number, atMs: number, amountMinor: number): HistoryTransaction | undefined {
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
