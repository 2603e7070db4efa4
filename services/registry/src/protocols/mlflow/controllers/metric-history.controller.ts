import { Body, Controller, Query } from '@nestjs/common';
import { invalidInput } from '@fraudflow/core';
import * as schema from '@fraudflow/contracts/mlflow/run';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { pageMessage } from '../search-message.js';
import { RegistryStore } from '../../../storage/registry-store.port.js';
import { MetricHistoryService } from '../../../runs/metric-history.service.js';
import type { MetricOfRun } from '../../../entities/run-record.repository.js';
import { metricMessage } from './run.mapper.js';

const MAX_EXPERIMENTS = 20;
const MAX_DATASETS = 1_000;

/** Histories of metrics and data sets of experiments, as clients and MLflow's browser interface read them. */
@Controller('api/2.0/mlflow')
export class MetricHistoryController {
  constructor(
    private readonly histories: MetricHistoryService,
    private readonly store: RegistryStore,
  ) {}

  @Call('GET', 'metrics/get-history')
  async history(@Query() query: unknown): Promise<object> {
    const { run_id, metric_key, max_results, page_token } = readMessage(schema.metricHistory, query);
    const page = { maxResults: max_results, pageToken: page_token };
    return pageMessage('metrics', await this.histories.page(run_id, metric_key, page), metricMessage);
  }

  @Call('GET', 'metrics/get-history-bulk')
  async bulk(@Query() query: unknown): Promise<object> {
    const { run_id, metric_key, max_results } = readMessage(schema.bulkHistory, query);
    return { metrics: (await this.histories.bulk(run_id, metric_key, max_results)).map(metricOfRunMessage) };
  }

  @Call('GET', 'metrics/get-history-bulk-interval')
  async samples(@Query() query: unknown): Promise<object> {
    const message = readMessage(schema.sampledHistories, query);
    const metrics = await this.histories.samples({
      runIds: message.run_ids,
      key: message.metric_key,
      startStep: message.start_step,
      endStep: message.end_step,
      maxResults: message.max_results,
    });
    return { metrics: metrics.map(metricOfRunMessage) };
  }

  @Call('POST', 'experiments/search-datasets')
  async datasets(@Body() body: unknown): Promise<object> {
    const { experiment_ids } = readMessage(schema.searchDatasets, body);
    const call = 'SearchDatasets request';
    if (experiment_ids.length === 0) throw invalidInput(`${call} must specify at least one experiment_id.`);
    if (experiment_ids.length > MAX_EXPERIMENTS) {
      throw invalidInput(
        `${call} cannot specify more than ${MAX_EXPERIMENTS} experiment_ids. Received ${experiment_ids.length} experiment_ids.`,
      );
    }
    const ids = experiment_ids.filter((id) => /^\d{1,18}$/.test(id));
    const found = await this.store.read((unit) => unit.runRecords.datasetsOf(ids, MAX_DATASETS));
    return {
      dataset_summaries: found.map(({ experimentId, ...summary }) => ({ experiment_id: experimentId, ...summary })),
    };
  }
}

function metricOfRunMessage(metric: MetricOfRun): object {
  return { ...metricMessage(metric), run_id: metric.runId };
}
