import type { FeatureDefinition } from '@fraudflow/features';
import type { HistoricalRows } from '../../../../offline/point-in-time/historical-features.port.js';
import type { HistoryReplay } from '../../../../offline/history/history-replay.js';
import type { History, TimeRange, TrainingRow } from '../../../../offline/history/history.port.js';

/** Stored transactions, column by column. */
export interface TransactionRows extends HistoricalRows {
  readonly transactionIds: readonly string[];
  readonly customerIds: readonly string[];
  readonly terminalIds: readonly string[];
  /** One column per requested feature, in request order; NaN = missing. */
  readonly values: readonly Float64Array[];
}

/** Reads the stored transactions with their features. */
export abstract class StoredTransactions {
  /**
   * Transactions of the range by event time, page by page, with the feature values they were served with. Values that
   * were not stored are computed. Transactions that were too late for their entities' windows are included only if the
   * implementation is configured so.
   * @param features features of computed views
   * @throws AppError unavailable
   */
  abstract rows(
    range: TimeRange,
    features: readonly FeatureDefinition[],
    signal: AbortSignal,
  ): AsyncIterable<TransactionRows>;
}

/** A time before all labels, because no label is needed. */
const BEFORE_ALL_MS = Number.NEGATIVE_INFINITY;
const PAGE_ROWS = 16_384;

/** The transactions of the offline store. */
export class HistoryTransactions extends StoredTransactions {
  constructor(
    private readonly history: History,
    private readonly replay: HistoryReplay,
    /** Also transactions that were too late for their entities' windows. */
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
