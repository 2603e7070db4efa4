import { LABEL_SOURCES, labelsValidatedTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import type { BusAdmin, EventProducer } from '@fraudflow/messaging';
import type { KnownTransaction } from '../naive-features.js';
import { waitFor } from '../wait-for.js';
import type { FeatureTail } from './feature-tail.js';
import { type Expectations, expectedFeatures, type LabelArrival } from './oracle.js';
import { labelsRouted } from './stage-places.js';

/** Labels of these transactions: frauds only, each known seven days after it happened. */
export function labelsOf(rows: readonly KnownTransaction[]): readonly LabelArrival[] {
  return rows
    .filter(({ isFraud }) => isFraud)
    .map(({ id, atMs }) => ({ id, isFraud: true, labelledAtMs: atMs + 7 * DAY_MS, rank: 0 }));
}

export function expectationsOf(rows: readonly KnownTransaction[]): Expectations {
  return expectedFeatures(rows, labelsOf(rows));
}

/** Sends validated transactions: what ingestion would have written. */
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
   * Longest span of event time that may be sent ahead of what has come out and of the labels routed, as with live traffic.
   * Infinity: at maximum speed.
   */
  readonly leadMs: number;
}

export interface Stretch {
  /** All rows of the run. */
  readonly rows: readonly KnownTransaction[];
  /** Those to send now: [from, to). All before them have been sent. */
  readonly from: number;
  readonly to: number;
  /** Sends a piece; by default its validated transactions, then their labels. */
  readonly send?: (piece: readonly KnownTransaction[]) => Promise<void>;
}

const PIECE_MS = 6 * 3_600_000;
const PATIENCE_MS = 120_000;

/** Sends a stretch of rows, each piece's labels right behind its transactions, never further ahead than the pace allows. */
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
    // As many as are older than the lead must be out, and so many labels routed, before this piece may go.
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

/** Rows in pieces of a few hours of event time, in order. */
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
