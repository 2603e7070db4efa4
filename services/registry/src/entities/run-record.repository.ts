import type { Cursor, SearchPage } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { DatasetInput, Metric, ModelOutput } from './run.js';

export interface ParamConflict {
  readonly key: string;
  readonly storedValue: string;
  readonly newValue: string;
}

export interface MetricHistoryQuery {
  readonly runId: string;
  readonly key: string;
  /** Time, step and value of the last metric of the previous page. */
  readonly after: Cursor | undefined;
  readonly limit: number;
}

export interface MetricOfRun extends Metric {
  readonly runId: string;
}

export interface SampleQuery {
  readonly runIds: readonly string[];
  readonly key: string;
  /** First and last step; undefined for all. */
  readonly steps: readonly [number, number] | undefined;
  readonly perRun: number;
}

export interface DatasetSummary {
  readonly experimentId: string;
  readonly name: string;
  readonly digest: string;
  readonly context: string | undefined;
}

/** The cursor of the page that follows a metric. */
export function metricCursor({ timestampMs, step, value }: Metric): Cursor {
  return [timestampMs, step, value];
}

/** The tags, params, metrics and data sets of runs. All lists may be empty; a repeated write has no effect. */
export interface RunRecordRepository {
  /** Overwrites tags of the same key. */
  setTags(runId: string, tags: readonly Tag[]): Promise<void>;
  getTag(runId: string, key: string): Promise<string | undefined>;
  /** @returns true if the tag existed */
  deleteTag(runId: string, key: string): Promise<boolean>;
  /** Adds params. @returns those whose key already has another value, which is kept */
  addParams(runId: string, params: readonly Tag[]): Promise<readonly ParamConflict[]>;
  /** Appends to the history, one row per (key, value, timestamp, step), and keeps the latest per key. */
  addMetrics(runId: string, metrics: readonly Metric[]): Promise<void>;
  /** Ordered by time, step, value. An unknown run or key has an empty history. */
  metricHistory(query: MetricHistoryQuery): Promise<SearchPage<Metric>>;
  /** Histories of several runs, ordered by run id, time, step and value; at most `limit` metrics in total. */
  metricHistories(runIds: readonly string[], key: string, limit: number): Promise<readonly MetricOfRun[]>;
  /**
   * At most `perRun` points of each run, spread evenly over its history by step, the last one included; in the order of
   * the ids.
   */
  sampledHistories(query: SampleQuery): Promise<readonly MetricOfRun[]>;
  /** Distinct data sets (name, digest, context) that runs of these experiments read; at most `limit`. */
  datasetsOf(experimentIds: readonly string[], limit: number): Promise<readonly DatasetSummary[]>;
  addDatasetInputs(runId: string, inputs: readonly DatasetInput[]): Promise<void>;
  addModelInputs(runId: string, modelIds: readonly string[]): Promise<void>;
  addModelOutputs(runId: string, outputs: readonly ModelOutput[]): Promise<void>;
}
