import type { HistoricalRows } from '../offline/historical-features.port.js';
import type { History, ServedRow, TimeRange } from '../offline/history.port.js';

/** Rows that name the transactions they are. */
export interface TransactionRows extends HistoricalRows {
  readonly transactionIds: readonly string[];
  readonly customerIds: readonly string[];
  readonly terminalIds: readonly string[];
}

/** Every transaction there ever was. */
export abstract class StoredTransactions {
  /** Those of the range by event time, so many at once. @throws AppError unavailable */
  abstract rows(range: TimeRange, sliceRows: number, signal: AbortSignal): AsyncIterable<TransactionRows>;
}

/** No label is asked for: none was known then. */
const BEFORE_ALL_MS = Number.NEGATIVE_INFINITY;

/** The transactions of the offline store. */
export class HistoryTransactions extends StoredTransactions {
  constructor(private readonly history: Pick<History, 'trainingRows'>) {
    super();
  }

  override async *rows(range: TimeRange, sliceRows: number, signal: AbortSignal): AsyncGenerator<TransactionRows> {
    let slice: ServedRow[] = [];
    for await (const batch of this.history.trainingRows({ ...range, asOfMs: BEFORE_ALL_MS }, [], signal)) {
      for (const row of batch) slice.push(row);
      if (slice.length < sliceRows) continue;
      yield toRows(slice);
      slice = [];
    }
    if (slice.length > 0) yield toRows(slice);
  }
}

function toRows(slice: readonly ServedRow[]): TransactionRows {
  return {
    transactionIds: slice.map(({ transactionId }) => transactionId),
    customerIds: slice.map(({ customerId }) => customerId),
    terminalIds: slice.map(({ terminalId }) => terminalId),
    atMs: Float64Array.from(slice, ({ occurredAtMs }) => occurredAtMs),
    amountMinor: Float64Array.from(slice, ({ amountMinor }) => amountMinor),
  };
}
