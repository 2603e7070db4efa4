import { Injectable } from '@nestjs/common';
import { invalidInput, notFound } from '@fraudflow/core';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import type { Tag } from '../validation/keys.js';
import { acceptBatch, acceptMetric, acceptParam, acceptRunTag, checkDatasetInput, type LogBatch } from './run-rules.js';
import { type DatasetInput, type Metric, type ModelOutput, type RunInfo, RUN_NAME_TAG } from '../entities/run.js';
import { requireActiveRun } from './runs.service.js';

const MODEL_HISTORY_TAG = 'mlflow.log-model.history';

/** Maximum number of entries in the tag, which keeps the newest. */
const MAX_MODEL_HISTORY = 100;

/** Logging of runs: metrics, params, tags, inputs and outputs. Each call is atomic and is refused for a deleted run. */
@Injectable()
export class RunLoggingService {
  constructor(private readonly store: RegistryStore) {}

  async logMetric(runId: string, metric: Metric): Promise<void> {
    const accepted = acceptMetric(metric);
    await this.onActiveRun(runId, (unit, run) => storeMetrics(unit, run, [accepted]));
  }

  /** @throws AppError invalid_input if the param already has another value */
  async logParam(runId: string, param: Tag): Promise<void> {
    const accepted = acceptParam(param);
    await this.onActiveRun(runId, (unit) => storeParams(unit, runId, [accepted]));
  }

  async setTag(runId: string, tag: Tag): Promise<void> {
    const accepted = acceptRunTag(tag);
    await this.onActiveRun(runId, (unit, run) => storeTags(unit, run, [accepted]));
  }

  async deleteTag(runId: string, key: string): Promise<void> {
    await this.onActiveRun(runId, async (unit) => {
      const existed = await unit.runRecords.deleteTag(runId, key);
      if (!existed) throw notFound(`No tag with name: ${key} in run with id ${runId}`);
    });
  }

  async logBatch(runId: string, batch: LogBatch): Promise<void> {
    const accepted = acceptBatch(batch);
    await this.onActiveRun(runId, async (unit, run) => {
      await storeParams(unit, runId, accepted.params);
      await storeMetrics(unit, run, accepted.metrics);
      await storeTags(unit, run, accepted.tags);
    });
  }

  async logInputs(runId: string, datasets: readonly DatasetInput[], modelIds: readonly string[]): Promise<void> {
    datasets.forEach((input, index) => checkDatasetInput(input, `datasets[${index}]`));
    await this.onActiveRun(runId, async (unit) => {
      await unit.runRecords.addDatasetInputs(runId, datasets);
      await unit.runRecords.addModelInputs(runId, modelIds);
    });
  }

  async logOutputs(runId: string, outputs: readonly ModelOutput[]): Promise<void> {
    await this.onActiveRun(runId, (unit) => unit.runRecords.addModelOutputs(runId, outputs));
  }

  /** Call of 2.x clients after they have stored a model: adds its description to the list in a tag. */
  async logModel(runId: string, modelJson: string): Promise<void> {
    const model = parseModel(modelJson);
    await this.onActiveRun(runId, async (unit) => {
      const stored = await unit.runRecords.getTag(runId, MODEL_HISTORY_TAG);
      const models = [...modelHistory(stored), model].slice(-MAX_MODEL_HISTORY);
      await unit.runRecords.setTags(runId, [{ key: MODEL_HISTORY_TAG, value: JSON.stringify(models) }]);
    });
  }

  private onActiveRun(runId: string, work: (unit: RegistryUnit, run: RunInfo) => Promise<void>): Promise<void> {
    return this.store.write(async (unit) => work(unit, await requireActiveRun(unit, runId)));
  }
}

async function storeParams(unit: RegistryUnit, runId: string, params: readonly Tag[]): Promise<void> {
  const [conflict] = await unit.runRecords.addParams(runId, params);
  if (!conflict) return;
  throw invalidInput(
    `Changing param values is not allowed. Param with key='${conflict.key}' was already logged with ` +
      `value='${conflict.storedValue}' for run ID='${runId}'. Attempted logging new value '${conflict.newValue}'.`,
  );
}

async function storeMetrics(unit: RegistryUnit, run: RunInfo, metrics: readonly Metric[]): Promise<void> {
  await unit.runRecords.addMetrics(run.runId, metrics);
  await unit.loggedModels.addMetrics(
    run,
    metrics.filter(({ modelId }) => modelId !== undefined),
  );
}

async function storeTags(unit: RegistryUnit, run: RunInfo, tags: readonly Tag[]): Promise<void> {
  await unit.runRecords.setTags(run.runId, tags);
  const renamed = tags.findLast(({ key }) => key === RUN_NAME_TAG);
  if (renamed) await unit.runs.update(run.runId, { runName: renamed.value });
}

/** The list in the tag; empty if a client has set the tag to another text. */
function modelHistory(stored: string | undefined): readonly unknown[] {
  try {
    const history: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(history) ? history : [];
  } catch {
    return [];
  }
}

function parseModel(modelJson: string): object {
  let model: unknown;
  try {
    model = JSON.parse(modelJson);
  } catch (error) {
    throw invalidInput(`Malformed model info. \n ${modelJson.slice(0, 200)} \n is not valid JSON`, { cause: error });
  }
  if (typeof model === 'object' && model !== null && !Array.isArray(model)) {
    const missing = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter((field) => !(field in model));
    if (missing.length === 0) return model;
    throw invalidInput(`Model json is missing mandatory fields: ${missing.join(', ')}`);
  }
  throw invalidInput('Model json must be an object');
}
