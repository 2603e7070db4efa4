import { Body, Controller } from '@nestjs/common';
import * as schema from '@fraudflow/contracts/mlflow/run';
import { Call } from '../call.decorator.js';
import { readMessage } from '../message.js';
import { RunLoggingService } from '../../../runs/run-logging.service.js';
import { toDatasetInput, toMetric } from './run.mapper.js';

@Controller('api/2.0/mlflow')
export class RunLoggingController {
  constructor(private readonly logging: RunLoggingService) {}

  @Call('POST', 'runs/log-metric')
  async logMetric(@Body() body: unknown): Promise<object> {
    const message = readMessage(schema.logMetric, body);
    await this.logging.logMetric(message.run_id, toMetric(message));
    return {};
  }

  @Call('POST', 'runs/log-parameter')
  async logParam(@Body() body: unknown): Promise<object> {
    const { run_id, key, value } = readMessage(schema.logParam, body);
    await this.logging.logParam(run_id, { key, value });
    return {};
  }

  @Call('POST', 'runs/set-tag')
  async setTag(@Body() body: unknown): Promise<object> {
    const { run_id, key, value } = readMessage(schema.logParam, body);
    await this.logging.setTag(run_id, { key, value });
    return {};
  }

  @Call('POST', 'runs/delete-tag')
  async deleteTag(@Body() body: unknown): Promise<object> {
    const { run_id, key } = readMessage(schema.deleteTag, body);
    await this.logging.deleteTag(run_id, key);
    return {};
  }

  @Call('POST', 'runs/log-batch')
  async logBatch(@Body() body: unknown): Promise<object> {
    const { run_id, metrics, params, tags } = readMessage(schema.logBatch, body);
    await this.logging.logBatch(run_id, { metrics: metrics.map(toMetric), params, tags });
    return {};
  }

  @Call('POST', 'runs/log-inputs')
  async logInputs(@Body() body: unknown): Promise<object> {
    const { run_id, datasets, models } = readMessage(schema.logInputs, body);
    const modelIds = models.map(({ model_id }) => model_id);
    await this.logging.logInputs(run_id, datasets.map(toDatasetInput), modelIds);
    return {};
  }

  @Call('POST', 'runs/outputs')
  async logOutputs(@Body() body: unknown): Promise<object> {
    const { run_id, models } = readMessage(schema.logOutputs, body);
    const outputs = models.map(({ model_id, step }) => ({ modelId: model_id, step }));
    await this.logging.logOutputs(run_id, outputs);
    return {};
  }

  @Call('POST', 'runs/log-model')
  async logModel(@Body() body: unknown): Promise<object> {
    const { run_id, model_json } = readMessage(schema.logModel, body);
    await this.logging.logModel(run_id, model_json);
    return {};
  }
}
