import {
  labelsValidatedTopic,
  transactionsValidatedTopic,
  type ValidatedLabel,
  type ValidatedTransaction,
} from '@fraudflow/contracts';
import { DAY_MS, decimalsOf, roundToMinorUnits } from '@fraudflow/core';
import type { EventProducer } from '@fraudflow/messaging';
import { type SimulatedTransaction, TransactionSimulator } from '@fraudflow/simulator';
import { LabelQueue } from '../traffic/label-queue.js';

const LABEL_DELAY_MS = 7 * DAY_MS;
const CURRENCY = 'EUR';
const DECIMALS = decimalsOf(CURRENCY);
const BATCH = 2_000;

/** Transactions in event-time order with the labels of the same time. */
export interface ValidatedPiece {
  readonly transactions: readonly ValidatedTransaction[];
  readonly labels: readonly ValidatedLabel[];
}

/** Converts simulated transactions to the records of ingestion, with labels a week later. */
export class LabelledPieces {
  private readonly labels = new LabelQueue(LABEL_DELAY_MS);

  of(simulated: readonly SimulatedTransaction[]): ValidatedPiece {
    const labels: ValidatedLabel[] = [];
    for (const transaction of simulated) {
      labels.push(...this.labels.due(transaction.occurredAtMs).map(validatedLabel));
      this.labels.add(transaction);
    }
    return { transactions: simulated.map(validatedTransaction), labels };
  }
}

/**
 * Records of ingestion for the handbook's simulated world: 5,000 customers, 10,000 terminals, 9,600 transactions a day.
 */
export class ValidatedTraffic {
  private readonly simulator = new TransactionSimulator();
  private readonly pieces = new LabelledPieces();
  private waiting: readonly SimulatedTransaction[] = [];
  private at = 0;

  /** The next `count` transactions. */
  take(count: number): ValidatedPiece {
    return this.pieces.of(Array.from({ length: count }, () => this.next()));
  }

  private next(): SimulatedTransaction {
    for (;;) {
      const found = this.waiting[this.at++];
      if (found !== undefined) return found;
      this.waiting = this.simulator.nextDay().transactions;
      this.at = 0;
    }
  }
}

/** Writes the records of a piece; resolves when all are acknowledged. */
export async function sendPiece(producer: EventProducer, { transactions, labels }: ValidatedPiece): Promise<void> {
  await Promise.all([
    producer.send(
      transactionsValidatedTopic,
      transactions.map((value) => ({ value, eventId: value.transaction_id })),
    ),
    producer.send(
      labelsValidatedTopic,
      labels.map((value) => ({ value, eventId: `${value.transaction_id}:${value.labelled_at}` })),
    ),
  ]);
}

/**
 * Writes `count` transactions with their labels as fast as the broker accepts them. @returns the last piece of them.
 */
export async function sendBacklog(
  producer: EventProducer,
  traffic: { take(count: number): ValidatedPiece | Promise<ValidatedPiece> },
  count: number,
): Promise<readonly ValidatedTransaction[]> {
  let last: readonly ValidatedTransaction[] = [];
  for (let sent = 0; sent < count; sent += last.length) {
    const piece = await traffic.take(Math.min(BATCH, count - sent));
    await sendPiece(producer, piece);
    last = piece.transactions;
  }
  return last;
}

function validatedTransaction(simulated: SimulatedTransaction): ValidatedTransaction {
  return {
    transaction_id: simulated.transactionId,
    occurred_at: new Date(simulated.occurredAtMs).toISOString(),
    customer_id: simulated.customerId,
    terminal_id: simulated.terminalId,
    amount_minor: roundToMinorUnits(simulated.amount, DECIMALS),
    currency: CURRENCY,
  };
}

function validatedLabel(due: {
  readonly transaction: SimulatedTransaction;
  readonly labelledAtMs: number;
}): ValidatedLabel {
  const { transaction, labelledAtMs } = due;
  return {
    transaction_id: transaction.transactionId,
    is_fraud: true,
    labelled_at: new Date(labelledAtMs).toISOString(),
    source: 'chargeback',
    customer_id: transaction.customerId,
    terminal_id: transaction.terminalId,
    occurred_at: new Date(transaction.occurredAtMs).toISOString(),
  };
}
