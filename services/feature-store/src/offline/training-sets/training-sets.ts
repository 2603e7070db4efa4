import { DatasetVersion } from './dataset-version.js';
import type { DatasetQuery } from './dataset-version.js';
import type { History, TrainingRow } from '../history/history.port.js';
import type { HistoryReplay } from '../history/history-replay.js';

/**
 * Source of the feature values.
 * - `served`: as served; NaN where a feature was not stored.
 * - `completed`: as served, and computed from the history where a row lacks a feature of the service.
 * - `recomputed`: all computed from the history.
 */
export type TrainingSource = 'served' | 'completed' | 'recomputed';

export interface TrainingSetRequest extends DatasetQuery {
  readonly source: TrainingSource;
}

/** A training set that is read as a stream. */
export interface TrainingSet {
  /** Number of rows, counted before they are read. */
  readonly totalRows: number;
  /** Rows by event time, then transaction id. Read it once, to its end. */
  rows(signal: AbortSignal): AsyncIterable<readonly TrainingRow[]>;
  /** The version of the data set; call it after all rows were read. */
  version(): string;
}

/** Training sets of any feature service: the rows as served, with the labels known by a time. */
export class TrainingSets {
  constructor(
    private readonly history: History,
    private readonly replay: HistoryReplay,
  ) {}

  async open(request: TrainingSetRequest): Promise<TrainingSet> {
    const digest = new DatasetVersion(request);
    const totalRows = await this.history.countRows({ ...request, includeLate: request.includeLate === true });
    const read = (signal: AbortSignal): AsyncIterable<readonly TrainingRow[]> => this.read(request, signal);
    return {
      totalRows,
      rows: async function* (signal) {
        for await (const rows of read(signal)) {
          digest.add(rows);
          yield rows;
        }
      },
      version: () => digest.digest(),
    };
  }

  private async *read(request: TrainingSetRequest, signal: AbortSignal): AsyncGenerator<readonly TrainingRow[]> {
    const { service, source } = request;
    const names = service.features.map(({ name }) => name);
    const rows = this.history.trainingRows(request, names, signal);
    const lacks = source === 'completed' && (await this.history.lacksFeatures(request, names));
    if (source === 'served' || (source === 'completed' && !lacks)) return yield* rows;
    yield* this.replay.complete(rows, request, source === 'recomputed', signal);
  }
}
