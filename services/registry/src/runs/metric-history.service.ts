import { Injectable } from '@nestjs/common';
import { invalidInput } from '@fraudflow/core';
import { pageThrough, type TokenPage } from '../search/search-request.js';
import { RegistryStore } from '../storage/registry-store.port.js';
import type { MetricOfRun } from '../entities/run-record.repository.js';
import type { Metric } from '../entities/run.js';

/** Maximum page size of a metric history. */
const MAX_HISTORY_RESULTS = 50_000;
/** Page size of a metric history without max_results, and maximum number of points of a bulk history. */
const DEFAULT_HISTORY_RESULTS = 25_000;
const MAX_RUNS = 100;
const MAX_SAMPLES_PER_RUN = 2_500;

export interface SampleRequest {
  readonly runIds: readonly string[];
  readonly key: string;
  readonly startStep: number | undefined;
  readonly endStep: number | undefined;
  /** Points per run. */
  readonly maxResults: number | undefined;
}

/** Histories of metrics of one or several runs. An unknown run or key has an empty history. */
@Injectable()
export class MetricHistoryService {
  constructor(private readonly store: RegistryStore) {}

  /** A page of a metric's history with at most MAX_HISTORY_RESULTS points. */
  page(
    runId: string,
    key: string,
    { maxResults, pageToken }: { readonly maxResults: number | undefined; readonly pageToken: string | undefined },
  ): Promise<TokenPage<Metric>> {
    const limit = Math.min(maxResults ?? DEFAULT_HISTORY_RESULTS, MAX_HISTORY_RESULTS);
    const description = JSON.stringify([runId, key]);
    const request = { pageToken, maxResults: limit, limit: MAX_HISTORY_RESULTS, keyCount: 3, description };
    return pageThrough(request, (after) =>
      this.store.read((unit) => unit.runRecords.metricHistory({ runId, key, after, limit })),
    );
  }

  /** Histories of several runs in one list of at most DEFAULT_HISTORY_RESULTS points. Error texts are MLflow's. */
  async bulk(
    runIds: readonly string[],
    key: string | undefined,
    maxResults = DEFAULT_HISTORY_RESULTS,
  ): Promise<readonly MetricOfRun[]> {
    const call = 'GetMetricHistoryBulk request';
    if (runIds.length === 0) throw invalidInput(`${call} must specify at least one run_id.`, { field: 'run_id' });
    if (runIds.length > MAX_RUNS) {
      throw invalidInput(`${call} cannot specify more than ${MAX_RUNS} run_ids. Received ${runIds.length} run_ids.`);
    }
    if (key === undefined) throw invalidInput(`${call} must specify a metric_key.`, { field: 'metric_key' });
    if (maxResults < 0) throw invalidInput('max_results must not be negative', { field: 'max_results' });
    const limit = Math.min(maxResults, DEFAULT_HISTORY_RESULTS);
    return this.store.read((unit) => unit.runRecords.metricHistories(runIds, key, limit));
  }

  /** A sample of each run's history, for plots. Error texts are MLflow's. */
  async samples({ runIds, key, startStep, endStep, maxResults }: SampleRequest): Promise<readonly MetricOfRun[]> {
    if (runIds.length > MAX_RUNS) {
      throw invalidInput(
        `GetMetricHistoryBulkInterval request must specify at most ${MAX_RUNS} run_ids. Received ${runIds.length} run_ids.`,
      );
    }
    const perRun = maxResults ?? MAX_SAMPLES_PER_RUN;
    if (perRun < 1 || perRun > MAX_SAMPLES_PER_RUN) {
      throw invalidInput(`max_results must be between 1 and ${MAX_SAMPLES_PER_RUN}.`, { field: 'max_results' });
    }
    const steps = stepsBetween(startStep, endStep);
    return this.store.read((unit) => unit.runRecords.sampledHistories({ runIds, key, steps, perRun }));
  }
}

function stepsBetween(start: number | undefined, end: number | undefined): readonly [number, number] | undefined {
  if (start === undefined && end === undefined) return undefined;
  if (start === undefined || end === undefined) {
    throw invalidInput('If either start step or end step are specified, both must be specified.');
  }
  if (start > end) {
    throw invalidInput(`end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`);
  }
  return [start, end];
}
