import type { featuresV1 } from '@fraudflow/contracts';
import { defined } from '@fraudflow/core';

/** A training set as columns, in order of event time. */
export interface TrainingColumns {
  readonly featureNames: readonly string[];
  readonly featureServiceVersion: number;
  readonly transactionIds: readonly string[];
  readonly cardIds: readonly string[];
  readonly occurredAtMs: Float64Array;
  /** Row-major float32, NaN missing. */
  readonly features: Float32Array;
  /** 1 fraud, 0 genuine. */
  readonly labels: Float32Array;
  /** Time at which the label became available, ms; 0 without a label. */
  readonly labelledAtMs: Float64Array;
  /** SHA-256 of the data set as computed by the feature store; empty if unknown. */
  readonly datasetVersion: string;
}

/** Gathers the batches of a streamed training set. */
export class TrainingColumnsBuilder {
  private featureNames: readonly string[] = [];
  private featureServiceVersion = 0;
  private readonly transactionIds: string[] = [];
  private readonly cardIds: string[] = [];
  private readonly times: Float64Array[] = [];
  private readonly features: Float32Array[] = [];
  private readonly labels: Float32Array[] = [];
  private readonly labelTimes: Float64Array[] = [];
  private datasetVersion = '';
  /** One string per card: a training set has far fewer cards than rows. */
  private readonly cards = new Map<string, string>();

  add(batch: featuresV1.GetTrainingSetResponse): void {
    if (batch.featureNames.length > 0) {
      this.featureNames = batch.featureNames;
      this.featureServiceVersion = batch.featureServiceVersion;
    }
    for (const id of batch.transactionIds) this.transactionIds.push(id);
    for (const id of batch.customerIds) this.cardIds.push(this.interned(id));
    this.times.push(Float64Array.from(batch.occurredAtMs));
    this.features.push(Float32Array.from(batch.values));
    this.labels.push(Float32Array.from(batch.labels));
    this.labelTimes.push(Float64Array.from(batch.labelledAtMs));
    if (batch.datasetVersion !== '') this.datasetVersion = batch.datasetVersion;
  }

  get rows(): number {
    return this.transactionIds.length;
  }

  build(): TrainingColumns {
    const { featureNames, featureServiceVersion, transactionIds, cardIds } = this;
    const occurredAtMs = new Float64Array(this.rows);
    concatInto(occurredAtMs, this.times);
    const features = new Float32Array(this.rows * featureNames.length);
    concatInto(features, this.features);
    const labels = new Float32Array(this.rows);
    concatInto(labels, this.labels);
    const labelledAtMs = new Float64Array(this.rows);
    concatInto(labelledAtMs, this.labelTimes);
    return {
      featureNames,
      featureServiceVersion,
      transactionIds,
      cardIds,
      occurredAtMs,
      features,
      labels,
      labelledAtMs,
      datasetVersion: this.datasetVersion,
    };
  }

  private interned(card: string): string {
    const known = this.cards.get(card);
    if (known !== undefined) return known;
    this.cards.set(card, card);
    return card;
  }
}

function concatInto(target: Float32Array | Float64Array, parts: readonly (Float32Array | Float64Array)[]): void {
  let at = 0;
  for (const part of parts) {
    target.set(part, at);
    at += part.length;
  }
}

/** The rows with these numbers, as their own columns. */
export function selectRows(columns: TrainingColumns, rows: ArrayLike<number>): TrainingColumns {
  const width = columns.featureNames.length;
  const features = new Float32Array(rows.length * width);
  const labels = new Float32Array(rows.length);
  const occurredAtMs = new Float64Array(rows.length);
  const labelledAtMs = new Float64Array(rows.length);
  const transactionIds: string[] = [];
  const cardIds: string[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = defined(rows[i], 'row number');
    features.set(columns.features.subarray(row * width, (row + 1) * width), i * width);
    labels[i] = defined(columns.labels[row], 'label');
    occurredAtMs[i] = defined(columns.occurredAtMs[row], 'event time');
    labelledAtMs[i] = defined(columns.labelledAtMs[row], 'label time');
    transactionIds.push(defined(columns.transactionIds[row], 'transaction id'));
    cardIds.push(defined(columns.cardIds[row], 'card'));
  }
  return { ...columns, features, labels, occurredAtMs, labelledAtMs, transactionIds, cardIds };
}

/** The rows with the labels that were available at a time: a fraud reported later counts as genuine. */
export function withLabelsKnownAt(columns: TrainingColumns, timeMs: number): TrainingColumns {
  const { labels, labelledAtMs } = columns;
  return { ...columns, labels: labels.map((label, row) => ((labelledAtMs[row] ?? 0) > timeMs ? 0 : label)) };
}

/** Numbers of the rows with fromMs <= event time < toMs. */
export function rowsBetween(columns: TrainingColumns, fromMs: number, toMs: number): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < columns.occurredAtMs.length; row++) {
    const at = defined(columns.occurredAtMs[row], 'event time');
    if (at >= fromMs && at < toMs) rows.push(row);
  }
  return Int32Array.from(rows);
}
