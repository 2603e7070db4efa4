import type { FeatureDefinition, FeatureViewDefinition } from '@fraudflow/features';
import type { History, ServedRow } from '../../../../offline/history/history.port.js';
import { type HistoryQuery, ViewHistory, type ViewRows } from '../columns/view-history.port.js';

const NANOS_PER_MS = 1_000_000n;

/** The history of a view: rows as they were served for computed views, rows as they were written for pushed views. */
export class StoredViewHistory extends ViewHistory {
  constructor(
    private readonly served: History,
    private readonly pushed: ViewHistory,
    private readonly includeLate: boolean,
  ) {
    super();
  }

  rows(query: HistoryQuery, signal: AbortSignal): AsyncIterable<ViewRows> {
    return query.view.kind === 'pushed' ? this.pushed.rows(query, signal) : this.servedRows(query, signal);
  }

  /** A computed view has one row per transaction, with the feature values of its entities at that time. */
  private async *servedRows(
    { view, features, fromMs, toMs }: HistoryQuery,
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
