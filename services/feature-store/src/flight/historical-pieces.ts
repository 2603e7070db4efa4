import type { HistoricalColumns, HistoricalFeatures } from '../offline/historical-features.port.js';
import type { FeatureColumn } from './arrow-columns.js';
import type { EntityRows } from './entity-rows.js';
import type { RequestedFeature } from './feature-refs.js';

/** The features of rows [from, to), one column for each that was asked for. */
export interface HistoricalPiece {
  readonly from: number;
  readonly to: number;
  readonly columns: readonly FeatureColumn[];
}

export interface HistoricalQuestion {
  readonly historical: HistoricalFeatures;
  readonly requested: readonly RequestedFeature[];
  readonly rows: EntityRows;
  readonly sliceRows: number;
}

/**
 * Computes the features of many rows in slices. A slice is a span of time, so that each needs its own part of history only: rows that
 * come in order of time are given slice by slice, others are sorted for it and given when all are there.
 */
export async function* historicalPieces(
  question: HistoricalQuestion,
  signal: AbortSignal,
): AsyncGenerator<HistoricalPiece> {
  const { rows, sliceRows } = question;
  const count = rows.atMs.length;
  const numbers = Uint32Array.from({ length: count }, (_, row) => row);
  if (count > sliceRows && !isSorted(rows.atMs)) {
    yield { from: 0, to: count, columns: await sortedColumns(question, numbers, signal) };
    return;
  }
  for (let from = 0; from < count && !signal.aborted; from += sliceRows) {
    const slice = numbers.subarray(from, from + sliceRows);
    yield { from, to: from + slice.length, columns: await columnsOf(question, slice, signal) };
  }
}

async function columnsOf(
  { historical, requested, rows }: HistoricalQuestion,
  numbers: Uint32Array,
  signal: AbortSignal,
): Promise<readonly FeatureColumn[]> {
  const features = requested.map(({ feature }) => feature);
  const answer: HistoricalColumns = await historical.retrieve({ features, rows: rows.at(numbers) }, signal);
  return features.map(({ name }) => answer.columns.get(name) ?? []);
}

async function sortedColumns(
  question: HistoricalQuestion,
  numbers: Uint32Array,
  signal: AbortSignal,
): Promise<readonly FeatureColumn[]> {
  const { requested, rows, sliceRows } = question;
  const order = numbers.sort((a, b) => (rows.atMs[a] ?? 0) - (rows.atMs[b] ?? 0));
  const whole = requested.map(({ view }) => emptyColumn(view.kind === 'pushed', order.length));
  for (let from = 0; from < order.length && !signal.aborted; from += sliceRows) {
    const slice = order.subarray(from, from + sliceRows);
    const columns = await columnsOf(question, slice, signal);
    whole.forEach((target, i) => scatter(columns[i] ?? [], slice, target));
  }
  return whole;
}

function emptyColumn(isPushed: boolean, length: number): Float64Array | unknown[] {
  return isPushed ? Array.from({ length }, () => null) : new Float64Array(length).fill(Number.NaN);
}

function scatter(from: FeatureColumn, rows: Uint32Array, to: Float64Array | unknown[]): void {
  for (const [i, row] of rows.entries()) to[row] = from[i] as number;
}

function isSorted(atMs: Float64Array): boolean {
  for (let row = 1; row < atMs.length; row++) if ((atMs[row - 1] ?? 0) > (atMs[row] ?? 0)) return false;
  return true;
}
