import { idHash, PointInTimeEngine, type StateEvent, type VectorPlan } from '@fraudflow/features';
import type { HistoryLabel, HistoryTransaction } from './history.port.js';
import type { SkippedEvents } from './skipped-events.js';

/**
 * Replays the two stages of the stream: transactions in arrival order, and each label at its position in its terminal's
 * log. Labels may be added before their position is reached; they are pending here until the terminal's next
 * transaction after it.
 */
export class StreamReplay {
  private readonly engine: PointInTimeEngine;
  private readonly pending = new Map<string, HistoryLabel[]>();

  constructor(
    plan: VectorPlan,
    private readonly skipped: SkippedEvents,
  ) {
    this.engine = new PointInTimeEngine(plan);
  }

  /**
   * Applies the next transaction. With `out`, writes the vector that the stream computed for it.
   * @returns false for a duplicate or an invalid event, which the stream drops; `out` is then not written
   */
  transaction(transaction: HistoryTransaction, out?: Float64Array): boolean {
    const { customerId, terminalId } = transaction;
    if (this.pending.size > 0) this.applyLabelsBefore(transaction);
    try {
      return this.engine.transaction(customerId, terminalId, stateEvent(transaction), out) !== 'duplicate';
    } catch (thrown) {
      this.skipped.note(thrown);
      return false;
    }
  }

  /** Adds a pending label. */
  label(label: HistoryLabel): void {
    const labels = this.pending.get(label.terminalId);
    if (labels === undefined) this.pending.set(label.terminalId, [label]);
    else labels.push(label);
  }

  private applyLabelsBefore({ terminalId, logPartition, logOffset }: HistoryTransaction): void {
    const labels = this.pending.get(terminalId);
    if (labels === undefined) return;
    // A label of another partition has no comparable position (older versions stored none); it counts as earlier.
    const isBefore = (label: HistoryLabel): boolean =>
      label.logPartition !== logPartition || label.logOffset < logOffset;
    const due = labels.filter(isBefore).toSorted((a, b) => a.logOffset - b.logOffset);
    if (due.length === 0) return;
    const rest = labels.filter((label) => !isBefore(label));
    if (rest.length === 0) this.pending.delete(terminalId);
    else this.pending.set(terminalId, rest);
    for (const label of due) applyLabel(this.engine, label, this.skipped);
  }
}

/** A stored transaction as a state event, with the amount in the base currency. */
export function stateEvent(
  transaction: Pick<HistoryTransaction, 'transactionId' | 'occurredAtMs' | 'amountMinor' | 'baseAmountMinor'>,
): StateEvent {
  const { transactionId, occurredAtMs, amountMinor, baseAmountMinor = amountMinor } = transaction;
  return { idHash: idHash(transactionId), occurredAtMs, amountMinor: baseAmountMinor };
}

/** Applies a label, or counts it as skipped if states refuse it. */
export function applyLabel(engine: PointInTimeEngine, label: HistoryLabel, skipped: SkippedEvents): void {
  const { transactionId, terminalId, occurredAtMs, isFraud, labelledAtMs, sourceRank } = label;
  try {
    engine.label(terminalId, { idHash: idHash(transactionId), occurredAtMs, isFraud, labelledAtMs, sourceRank });
  } catch (thrown) {
    skipped.note(thrown);
  }
}
