import { DAY_MS } from '@fraudflow/core';
import { featureServiceByName, STREAMED_SERVICES } from '@fraudflow/features';
import { rowsBetween, selectRows, type TrainingColumns } from '../../src/data/training-columns.js';
import { type NewestEvent, TrainingData, type TrainingRange } from '../../src/data/training-data.port.js';

export interface HistoryShape {
  /** Whole days of transactions; the first is day 0 of the epoch plus `firstDay`. */
  readonly days: number;
  readonly firstDay?: number;
  readonly perDay?: number;
  /** One transaction in this number is a fraud. */
  readonly fraudEvery?: number;
  /** Age at which a fraud is reported. */
  readonly labelDelayDays?: number;
}

/**
 * Rows whose first feature is .9 for fraud and .1 otherwise. Each card is used once, so no card is known to be
 * compromised.
 */
export function aHistory({
  days,
  firstDay = 100,
  perDay = 48,
  fraudEvery = 12,
  labelDelayDays = 7,
}: HistoryShape): TrainingColumns {
  const rows = days * perDay;
  const featureNames = namesOf(STREAMED_SERVICES[0]);
  const isFraud = (row: number): boolean => row % fraudEvery === fraudEvery - 1;
  const features = new Float32Array(rows * featureNames.length);
  for (let row = 0; row < rows; row++) {
    features.fill(row % 7, row * featureNames.length, (row + 1) * featureNames.length);
    features[row * featureNames.length] = isFraud(row) ? 0.9 : 0.1;
  }
  return {
    featureNames,
    featureServiceVersion: 1,
    transactionIds: Array.from({ length: rows }, (_, row) => `t${row}`),
    cardIds: Array.from({ length: rows }, (_, row) => `c${row}`),
    occurredAtMs: Float64Array.from({ length: rows }, (_, row) => firstDay * DAY_MS + (row * DAY_MS) / perDay),
    features,
    labels: Float32Array.from({ length: rows }, (_, row) => Number(isFraud(row))),
    labelledAtMs: Float64Array.from({ length: rows }, (_, row) =>
      isFraud(row) ? firstDay * DAY_MS + (row * DAY_MS) / perDay + labelDelayDays * DAY_MS : 0,
    ),
    datasetVersion: 'v',
  };
}

/** In-memory feature store. */
export class FakeTrainingData extends TrainingData {
  readonly loads: TrainingRange[] = [];

  /** @param ahead transactions later than the history */
  constructor(
    public columns: TrainingColumns,
    private readonly ahead: readonly NewestEvent[] = [],
  ) {
    super();
  }

  override async load(range: TrainingRange, signal: AbortSignal): Promise<TrainingColumns> {
    signal.throwIfAborted();
    this.loads.push(range);
    const found = selectRows(this.columns, rowsBetween(this.columns, range.fromMs, range.toMs));
    return range.featureService === undefined ? found : widened(found, namesOf(range.featureService));
  }

  override async newestEvents(limit: number): Promise<readonly NewestEvent[]> {
    const { transactionIds, occurredAtMs } = this.columns;
    const all = transactionIds.map((transactionId, row) => ({ transactionId, occurredAtMs: occurredAtMs[row] ?? 0 }));
    return [...this.ahead, ...all.reverse()].slice(0, limit);
  }
}

function namesOf(service: string): readonly string[] {
  return featureServiceByName(service).features.map(({ name }) => name);
}

/** The rows with other features; a feature they lack is 0. */
function widened(rows: TrainingColumns, featureNames: readonly string[]): TrainingColumns {
  const features = new Float32Array(rows.labels.length * featureNames.length);
  featureNames.forEach((name, column) => {
    const from = rows.featureNames.indexOf(name);
    if (from === -1) return;
    for (let row = 0; row < rows.labels.length; row++) {
      features[row * featureNames.length + column] = rows.features[row * rows.featureNames.length + from] ?? 0;
    }
  });
  return { ...rows, featureNames, features };
}
