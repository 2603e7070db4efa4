import type {
  HistoricalColumns,
  HistoricalFeatures,
} from '../../../../offline/point-in-time/historical-features.port.js';
import type { FeatureColumn } from '../columns/arrow-columns.js';
import type { EntityRows } from './entity-rows.js';
import type { RequestedFeature } from './feature-refs.js';

/** The features of rows [from, to), one column per requested feature. */
export interface HistoricalPiece {
  readonly from: number;
  readonly to: number;
  readonly columns: readonly FeatureColumn[];
}

/** The requested features and rows, and where they are computed. */
export interface HistoricalQuery {
  readonly historical: HistoricalFeatures;
  readonly requested: readonly RequestedFeature[];
  readonly rows: EntityRows;
  readonly sliceRows: number;
}

/**
 * Computes the features of many rows in slices. Each slice covers a separate range of time, so it reads only its part
 * of the history. If the rows are sorted by time, each slice is yielded when it is computed; otherwise they are sorted
 * internally and yielded together, in input order, at the end.
 */
export async function* historicalPieces(query: HistoricalQuery, signal: AbortSignal): AsyncGenerator<HistoricalPiece> {
  const { rows, sliceRows } = query;
  const count = rows.atMs.length;
  const numbers = Uint32Array.from({ length: count }, (_, row) => row);
  if (count > sliceRows && !isSorted(rows.atMs)) {
    yield { from: 0, to: count, columns: await sortedColumns(query, numbers, signal) };
    return;
  }
  for (let from = 0; from < count && !signal.aborted; from += sliceRows) {
    const slice = numbers.subarray(from, from + sliceRows);
    yield { from, to: from + slice.length, columns: await columnsOf(query, slice, signal) };
  }
}

async function columnsOf(
  { historical, requested, rows }: HistoricalQuery,
  numbers: Uint32Array,
  signal: AbortSignal,
): Promise<readonly FeatureColumn[]> {
  const features = requested.map(({ feature }) => feature);
  const response: HistoricalColumns = await historical.retrieve({ features, rows: rows.at(numbers) }, signal);
  return features.map(({ name }) => response.columns.get(name) ?? []);
}

async function sortedColumns(
  query: HistoricalQuery,
  numbers: Uint32Array,
  signal: AbortSignal,
): Promise<readonly FeatureColumn[]> {
  const { requested, rows, sliceRows } = query;
  const order = numbers.sort((a, b) => (rows.atMs[a] ?? 0) - (rows.atMs[b] ?? 0));
  const whole = requested.map(({ view }) => emptyColumn(view.kind === 'pushed', order.length));
  for (let from = 0; from < order.length && !signal.aborted; from += sliceRows) {
    const slice = order.subarray(from, from + sliceRows);
    const columns = await columnsOf(query, slice, signal);
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
