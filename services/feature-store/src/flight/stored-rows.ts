import type { FeatureDefinition } from '@fraudflow/features';
import type { HistoricalRows } from '../offline/historical-features.port.js';
import type { HistoryReplay } from '../offline/history-replay.js';
import type { History, TimeRange, TrainingRow } from '../offline/history.port.js';

/** Stored transactions, column by column. */
export interface TransactionRows extends HistoricalRows {
  readonly transactionIds: readonly string[];
  readonly customerIds: readonly string[];
  readonly terminalIds: readonly string[];
  /** One column for each feature asked for, in that order; NaN = missing. */
  readonly values: readonly Float64Array[];
}

/** Every transaction there ever was, with its features. */
export abstract class StoredTransactions {
  /**
   * Those of the range by event time, page by page, those that came too late only if that is set, with what they were served with, and computed where that was not stored.
   * @param features computed ones
   * @throws AppError unavailable
   */
  abstract rows(
    range: TimeRange,
    features: readonly FeatureDefinition[],
    signal: AbortSignal,
  ): AsyncIterable<TransactionRows>;
}

/** No label is asked for: none was known then. */
const BEFORE_ALL_MS = Number.NEGATIVE_INFINITY;
const PAGE_ROWS = 16_384;

/** The transactions of the offline store. @param includeLate also those that came too late to enter their entities' windows */
export class HistoryTransactions extends StoredTransactions {
  constructor(
    private readonly history: History,
    private readonly replay: HistoryReplay,
    private readonly includeLate: boolean,
  ) {
    super();
  }

  override async *rows(
    range: TimeRange,
    features: readonly FeatureDefinition[],
    signal: AbortSignal,
  ): AsyncGenerator<TransactionRows> {
    let page: TrainingRow[] = [];
    for await (const batch of await this.completed(range, features, signal)) {
      for (const row of batch) page.push(row);
      if (page.length < PAGE_ROWS) continue;
      yield toRows(page, features.length);
      page = [];
    }
    if (page.length > 0) yield toRows(page, features.length);
  }

  private async completed(
    range: TimeRange,
    features: readonly FeatureDefinition[],
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly TrainingRow[]>> {
    const names = features.map(({ name }) => name);
    const rows = this.history.trainingRows(
      { ...range, asOfMs: BEFORE_ALL_MS, includeLate: this.includeLate },
      names,
      signal,
    );
    if (!(await this.history.lacksFeatures(range, names))) return rows;
    return this.replay.complete(
      rows,
      { ...range, service: { features }, includeLate: this.includeLate },
      false,
      signal,
    );
  }
}

function toRows(page: readonly TrainingRow[], features: number): TransactionRows {
  return {
    transactionIds: page.map(({ transactionId }) => transactionId),
    customerIds: page.map(({ customerId }) => customerId),
    terminalIds: page.map(({ terminalId }) => terminalId),
    atMs: Float64Array.from(page, ({ occurredAtMs }) => occurredAtMs),
    amountMinor: Float64Array.from(page, ({ amountMinor }) => amountMinor),
    values: Array.from({ length: features }, (_, slot) =>
      Float64Array.from(page, ({ values }) => values[slot] ?? Number.NaN),
    ),
  };
}
