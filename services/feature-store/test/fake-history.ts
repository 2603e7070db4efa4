import {
  type HistoricalColumns,
  HistoricalFeatures,
  type HistoricalRequest,
} from '../src/offline/point-in-time/historical-features.port.js';
import type { TimeRange } from '../src/offline/history/history.port.js';
import { StoredTransactions, type TransactionRows } from '../src/protocols/feast/flight/answers/stored-rows.js';
import {
  type HistoryQuery,
  ViewHistory,
  type ViewRows,
} from '../src/protocols/feast/flight/columns/view-history.port.js';
import type { FeatureViewDefinition } from '@fraudflow/features';
import { PushedRowArchive } from '../src/pushed/pushed-row-archive.port.js';
import type { PushedRow } from '../src/pushed/pushed-row.js';

/** Returns the rows set by the test, and records the requests. */
export class FakeHistoricalFeatures extends HistoricalFeatures {
  readonly requests: HistoricalRequest[] = [];
  answer: (feature: string, row: number) => unknown = () => Number.NaN;

  async retrieve(request: HistoricalRequest): Promise<HistoricalColumns> {
    this.requests.push(request);
    const rows = request.rows.atMs.length;
    const columns = request.features.map(({ name, dtype }) => {
      const values = Array.from({ length: rows }, (_, row) => this.answer(name, row));
      return [name, dtype === 'double' ? Float64Array.from(values, Number) : values] as const;
    });
    return { columns: new Map(columns) };
  }
}

/** Returns fixed pages. */
export class FakeViewHistory extends ViewHistory {
  readonly queries: HistoryQuery[] = [];
  pages: readonly ViewRows[] = [];

  async *rows(query: HistoryQuery): AsyncGenerator<ViewRows> {
    this.queries.push(query);
    yield* this.pages;
  }
}

/** Returns fixed pages. */
export class FakeTransactions extends StoredTransactions {
  readonly ranges: TimeRange[] = [];
  pages: readonly TransactionRows[] = [];

  async *rows(range: TimeRange): AsyncGenerator<TransactionRows> {
    this.ranges.push(range);
    yield* this.pages;
  }
}

/** Records the appended rows. */
export class FakeArchive extends PushedRowArchive {
  readonly appended: PushedRow[] = [];

  async append(_view: FeatureViewDefinition, rows: readonly PushedRow[]): Promise<void> {
    this.appended.push(...rows);
  }

  async *rowsOf(): AsyncGenerator<readonly PushedRow[]> {
    yield [];
  }

  async *rowsIn(): AsyncGenerator<readonly PushedRow[]> {
    yield [];
  }
}
