import { DAY_MS } from '@fraudflow/core';
import type { Drift, SimulatedTransaction, TransactionSimulator } from '@fraudflow/simulator';
import { fraudLabelRecord } from './fraud-label-record.js';
import type { KeyedRecord } from './topic-writer.js';
import { badRecord, type FaultPlan, unknownLabel } from './faults.js';
import { LabelQueue } from './label-queue.js';
import { simulatedRecord } from './simulated-record.js';

/** One record for Kafka. */
export interface TrafficItem {
  readonly kind: 'transaction' | 'bad' | 'duplicate' | 'label' | 'unknown_label';
  readonly record: KeyedRecord;
  /** Event time at which it is sent, ms. */
  readonly atMs: number;
  /** The good transaction, for Predict calls. */
  readonly transaction?: SimulatedTransaction;
}

/**
 * The simulated world as records in event-time order: transactions, labels at their time, and intended faults.
 */
export class TrafficSource {
  private readonly labels: LabelQueue;
  private badCount = 0;
  private unknownCount = 0;

  constructor(
    private readonly simulator: Pick<TransactionSimulator, 'nextDay' | 'schedule' | 'upcomingDay'>,
    labelDelayMs: number,
    private readonly faults: FaultPlan,
  ) {
    this.labels = new LabelQueue(labelDelayMs);
  }

  /** Days returned so far. */
  get days(): number {
    return this.simulator.upcomingDay;
  }

  /** Schedules a drift from the next day on. */
  drift(drift: WithoutDay<Drift>): void {
    this.simulator.schedule({ ...drift, fromDay: this.simulator.upcomingDay } as Drift);
  }

  nextDay(): readonly TrafficItem[] {
    const { transactions, startAtMs } = this.simulator.nextDay();
    const items: TrafficItem[] = [];
    const isBadAt = spread(this.faults.badPerDay, transactions.length);
    const isRepeatedAt = spread(this.faults.duplicatesPerDay, transactions.length);
    for (const [index, transaction] of transactions.entries()) {
      const atMs = transaction.occurredAtMs;
      items.push(...this.labelsDue(atMs));
      items.push({ kind: 'transaction', record: simulatedRecord(transaction), atMs, transaction });
      this.labels.add(transaction);
      if (isRepeatedAt(index)) items.push({ kind: 'duplicate', record: simulatedRecord(transaction), atMs });
      if (isBadAt(index)) items.push({ kind: 'bad', record: badRecord(transaction, this.badCount++), atMs });
    }
    items.push(...this.labelsDue(startAtMs + DAY_MS - 1), ...this.unknownLabels(startAtMs + DAY_MS - 1));
    return items;
  }

  private labelsDue(nowMs: number): TrafficItem[] {
    return this.labels.due(nowMs).map(({ transaction, labelledAtMs }) => {
      return { kind: 'label', record: fraudLabelRecord(transaction, labelledAtMs), atMs: labelledAtMs };
    });
  }

  private unknownLabels(atMs: number): TrafficItem[] {
    return Array.from({ length: this.faults.unknownLabelsPerDay }, () => {
      return { kind: 'unknown_label', record: unknownLabel(this.unknownCount++, atMs), atMs };
    });
  }
}

type WithoutDay<D> = D extends unknown ? Omit<D, 'fromDay'> : never;

/** True at `count` indexes spread evenly over `length`. */
function spread(count: number, length: number): (index: number) => boolean {
  const share = length === 0 ? 0 : Math.min(1, count / length);
  return (index) => Math.floor((index + 1) * share) > Math.floor(index * share);
}
