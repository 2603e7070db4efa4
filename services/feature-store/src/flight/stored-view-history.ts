import type { FeatureDefinition, FeatureViewDefinition } from '@fraudflow/features';
import type { History, ServedRow } from '../offline/history.port.js';
import { type HistoryWish, ViewHistory, type ViewRows } from './view-history.port.js';

const NANOS_PER_MS = 1_000_000n;

/** The rows as they were served, of computed views, and as they were written, of pushed ones. */
export class StoredViewHistory extends ViewHistory {
  constructor(
    private readonly served: History,
    private readonly pushed: ViewHistory,
    private readonly includeLate: boolean,
  ) {
    super();
  }

  rows(wish: HistoryWish, signal: AbortSignal): AsyncIterable<ViewRows> {
    return wish.view.kind === 'pushed' ? this.pushed.rows(wish, signal) : this.servedRows(wish, signal);
  }

  /** A computed view has a row for each transaction: what its entities were worth then. */
  private async *servedRows(
    { view, features, fromMs, toMs }: HistoryWish,
    signal: AbortSignal,
  ): AsyncGenerator<ViewRows> {
    const names = features.map(({ name }) => name);
    const range = { fromMs, toMs: toMs + 1, includeLate: this.includeLate };
    for await (const page of this.served.servedRows(range, names, undefined, signal)) {
      yield toViewRows(view, features, page);
    }
  }
}

function toViewRows(
  view: FeatureViewDefinition,
  features: readonly FeatureDefinition[],
  page: readonly ServedRow[],
): ViewRows {
  return {
    entityIds: view.entities.map((name) =>
      page.map(({ customerId, terminalId }) => (name === 'customer_id' ? customerId : terminalId)),
    ),
    eventNanos: BigInt64Array.from(page, ({ occurredAtMs }) => BigInt(occurredAtMs) * NANOS_PER_MS),
    values: features.map((_, i) => Float64Array.from(page, ({ values }) => values[i] ?? Number.NaN)),
  };
}
