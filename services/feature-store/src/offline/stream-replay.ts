import { idHash, PointInTimeEngine, type StateEvent, type VectorPlan } from '@fraudflow/features';
import type { HistoryLabel, HistoryTransaction } from './history.port.js';
import type { SkippedEvents } from './skipped-events.js';

/**
 * The two stages over again: transactions in the order they came in, and each label where its terminal's log has it. A label is given
 * with or before its place and waits for it here, because only the terminal's own log says what of the terminal came before it.
 */
export class StreamReplay {
  private readonly engine: PointInTimeEngine;
  private readonly waiting = new Map<string, HistoryLabel[]>();

  constructor(
    plan: VectorPlan,
    private readonly skipped: SkippedEvents,
  ) {
    this.engine = new PointInTimeEngine(plan);
  }

  /**
   * Takes the next transaction in; with `out`, writes the vector the stream gave it.
   * @returns false for a repeat or an impossible event, which the stream drops: `out` was not written
   */
  transaction(transaction: HistoryTransaction, out?: Float64Array): boolean {
    const { customerId, terminalId } = transaction;
    if (this.waiting.size > 0) this.applyLabelsBefore(transaction);
    try {
      return this.engine.transaction(customerId, terminalId, stateEvent(transaction), out) !== 'duplicate';
    } catch (thrown) {
      this.skipped.note(thrown);
      return false;
    }
  }

  label(label: HistoryLabel): void {
    const labels = this.waiting.get(label.terminalId);
    if (labels === undefined) this.waiting.set(label.terminalId, [label]);
    else labels.push(label);
  }

  private applyLabelsBefore({ terminalId, logPartition, logOffset }: HistoryTransaction): void {
    const labels = this.waiting.get(terminalId);
    if (labels === undefined) return;
    // A label whose place cannot be compared, from before places were kept, came early for all we know.
    const isBefore = (label: HistoryLabel): boolean =>
      label.logPartition !== logPartition || label.logOffset < logOffset;
    const due = labels.filter(isBefore).toSorted((a, b) => a.logOffset - b.logOffset);
    if (due.length === 0) return;
    const rest = labels.filter((label) => !isBefore(label));
    if (rest.length === 0) this.waiting.delete(terminalId);
    else this.waiting.set(terminalId, rest);
    for (const label of due) applyLabel(this.engine, label, this.skipped);
  }
}

/** A stored transaction as the states see it: its amount is that of the base currency. */
export function stateEvent(
  transaction: Pick<HistoryTransaction, 'transactionId' | 'occurredAtMs' | 'amountMinor' | 'baseAmountMinor'>,
): StateEvent {
  const { transactionId, occurredAtMs, amountMinor, baseAmountMinor = amountMinor } = transaction;
  return { idHash: idHash(transactionId), occurredAtMs, amountMinor: baseAmountMinor };
}

/** Takes a label in, or counts it as skipped if it is none the states can take. */
export function applyLabel(engine: PointInTimeEngine, label: HistoryLabel, skipped: SkippedEvents): void {
  const { transactionId, terminalId, occurredAtMs, isFraud, labelledAtMs, sourceRank } = label;
  try {
    engine.label(terminalId, { idHash: idHash(transactionId), occurredAtMs, isFraud, labelledAtMs, sourceRank });
  } catch (thrown) {
    skipped.note(thrown);
  }
}
