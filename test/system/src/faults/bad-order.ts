import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import type { KnownTransaction } from '../naive-features.js';
import type { LabelArrival } from './oracle.js';

export interface DisorderedRows {
  /** In order of arrival. */
  readonly rows: readonly KnownTransaction[];
  /** Ids of transactions that are older than the history of any state. */
  readonly tooLate: ReadonlySet<string>;
}

const TOO_LATE_EVERY = 200;
const TOO_LATE_MS = 9 * DAY_MS;

/**
 * Rows that arrive up to an hour early or late, and occasionally one that is nine days late. A row that is nine days
 * late has a unique terminal, so that its effect there does not depend on which of several partitions is read first.
 */
export function disordered(rows: readonly KnownTransaction[], random: () => number): DisorderedRows {
  const arrivals = rows
    .map((row) => ({ row, arrivesMs: row.atMs + (2 * random() - 1) * HOUR_MS }))
    .toSorted((a, b) => a.arrivesMs - b.arrivesMs)
    .map(({ row }) => row);
  const startMs = (rows[0]?.atMs ?? 0) + TOO_LATE_MS;
  const result: KnownTransaction[] = [];
  const tooLate = new Set<string>();
  for (const [index, row] of arrivals.entries()) {
    result.push(row);
    if (index % TOO_LATE_EVERY !== 0 || row.atMs < startMs) continue;
    const id = `late-${tooLate.size}`;
    tooLate.add(id);
    result.push({ ...row, id, terminal: `${id}-terminal`, atMs: row.atMs - TOO_LATE_MS, isFraud: false });
  }
  return { rows: result, tooLate };
}

/** Ranks of LABEL_SOURCES. */
const CHARGEBACK = 0;
const EARLY_WARNING = 3;
const REFUND = 4;

/**
 * Every fraud gets an early warning after two days, a refund label (genuine, less trusted), and a chargeback after
 * seven days. Every tenth fraud is then cleared by the issuer (most trusted) after twelve days. Some genuine
 * transactions get a wrong early warning and keep it.
 */
export function withContestedLabels(rows: readonly KnownTransaction[]): readonly LabelArrival[] {
  const labels: LabelArrival[] = [];
  for (const [index, { id, atMs, isFraud }] of rows.entries()) {
    const label = (days: number, rank: number, fraud: boolean): void => {
      labels.push({ id, isFraud: fraud, labelledAtMs: atMs + days * DAY_MS, rank });
    };
    if (isFraud) {
      label(2, EARLY_WARNING, true);
      label(3, REFUND, false);
      if (index % 10 === 0) label(12, CHARGEBACK, false);
      else label(7, CHARGEBACK, true);
    } else if (index % 500 === 0) label(4, EARLY_WARNING, true);
  }
  return labels;
}
