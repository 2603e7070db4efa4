import { labelsValidatedTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import { DAY_MS, LABEL_SOURCES } from '@fraudflow/core';
import type { BusAdmin, EventProducer } from '@fraudflow/messaging';
import type { KnownTransaction } from '../naive-features.js';
import { waitFor } from '../wait-for.js';
import type { FeatureTail } from './feature-tail.js';
import { type Expectations, expectedFeatures, type LabelArrival } from './oracle.js';
import { labelsRouted } from './stage-places.js';

/** Labels of the frauds among these transactions. Each becomes available seven days after the transaction. */
export function labelsOf(rows: readonly KnownTransaction[]): readonly LabelArrival[] {
  return rows
    .filter(({ isFraud }) => isFraud)
    .map(({ id, atMs }) => ({ id, isFraud: true, labelledAtMs: atMs + 7 * DAY_MS, rank: 0 }));
}

export function expectationsOf(rows: readonly KnownTransaction[]): Expectations {
  return expectedFeatures(rows, labelsOf(rows));
}

/** Sends validated transactions, like ingestion does. */
export function sendTransactions(producer: EventProducer, rows: readonly KnownTransaction[]): Promise<void> {
  return producer.send(
    transactionsValidatedTopic,
    rows.map(({ id, atMs, customer, terminal, cents }) => ({
      value: {
        transaction_id: id,
        occurred_at: new Date(atMs).toISOString(),
        customer_id: customer,
        terminal_id: terminal,
        amount_minor: cents,
        currency: 'EUR',
      },
    })),
  );
}

/** Sends validated labels of these transactions. */
export function sendLabels(
  producer: EventProducer,
  labels: readonly LabelArrival[],
  transactions: ReadonlyMap<string, KnownTransaction>,
): Promise<void> {
  return producer.send(
    labelsValidatedTopic,
    labels.flatMap(({ id, isFraud, labelledAtMs, rank }) => {
      const row = transactions.get(id);
      const source = LABEL_SOURCES[rank];
      if (row === undefined || source === undefined) return [];
      const value = {
        transaction_id: id,
        is_fraud: isFraud,
        labelled_at: new Date(labelledAtMs).toISOString(),
        source,
        customer_id: row.customer,
        terminal_id: row.terminal,
        occurred_at: new Date(row.atMs).toISOString(),
      };
      return [{ value }];
    }),
  );
}

/** Sends transactions, then the labels of the frauds among them. */
export async function sendValidated(producer: EventProducer, rows: readonly KnownTransaction[]): Promise<void> {
  await sendTransactions(producer, rows);
  await sendLabels(producer, labelsOf(rows), new Map(rows.map((row) => [row.id, row])));
}

export interface Pace {
  /**
   * Largest lead in event time of sent rows over emitted rows and routed labels, as with live traffic. Infinity:
   * maximum speed.
   */
  readonly leadMs: number;
}

export interface Stretch {
  /** All rows of the run. */
  readonly rows: readonly KnownTransaction[];
  /** Rows to send now: [from, to). All earlier rows have been sent. */
  readonly from: number;
  readonly to: number;
  /** Sends a piece; by default its validated transactions, then their labels. */
  readonly send?: (piece: readonly KnownTransaction[]) => Promise<void>;
}

const PIECE_MS = 6 * 3_600_000;
const PATIENCE_MS = 120_000;

/**
 * Sends a range of rows in pieces, each with its labels directly after its transactions, within the lead that the pace
 * allows.
 */
export async function stream(
  { admin, producer }: { readonly admin: BusAdmin; readonly producer: EventProducer },
  tail: FeatureTail,
  { rows, from, to, send = (piece) => sendValidated(producer, piece) }: Stretch,
  { leadMs }: Pace,
): Promise<void> {
  let sent = from;
  let due = 0;
  let labelsDue = 0;
  for (const piece of inPieces(rows.slice(from, to))) {
    const newestMs = piece[0]?.atMs ?? 0;
    // All rows older than the lead must be emitted, and their labels routed, before this piece is sent.
    for (; due < sent && (rows[due]?.atMs ?? Infinity) < newestMs - leadMs; due++) if (rows[due]?.isFraud) labelsDue++;
    await tail.until(due);
    await untilRouted(admin, labelsDue);
    await send(piece);
    sent += piece.length;
  }
}

async function untilRouted(admin: BusAdmin, count: number): Promise<void> {
  if (count === 0) return;
  await waitFor(
    `${count} labels to be routed`,
    () => labelsRouted(admin),
    (routed) => routed >= count,
    PATIENCE_MS,
  );
}

/** Splits rows into pieces of a few hours of event time, in order. */
function inPieces(rows: readonly KnownTransaction[]): readonly (readonly KnownTransaction[])[] {
  const pieces: KnownTransaction[][] = [];
  let endMs = -Infinity;
  for (const row of rows) {
    if (row.atMs >= endMs) {
      pieces.push([]);
      endMs = row.atMs + PIECE_MS;
    }
    pieces.at(-1)?.push(row);
  }
  return pieces;
}
