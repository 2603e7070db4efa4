import { invalidInput, type Clock } from '@fraudflow/core';
import type { RegistryClient } from '@fraudflow/registry-client';
import { type Champion, ModelStore, type StoredVersion, type TrainingRecord } from '../model-store.port.js';

const REQUEST_TAG = 'fraudflow.request_id';
/** Folder of the model's files below the run's artifacts. */
const MODEL_FOLDER = 'model';
const MODEL_FILE = 'model.onnx';

/** Runs, files and versions in the registry, by its MLflow API. */
export class RegistryModelStore extends ModelStore {
  constructor(
    private readonly registry: RegistryClient,
    private readonly clock: Clock,
  ) {
    super();
  }

  async champion(model: string): Promise<Champion | undefined> {
    const found = await this.registry.latestVersion(model, 'Production');
    if (found === undefined) return undefined;
    const uri = await this.registry.downloadUri(model, found.version);
    return { version: found.version, model: await this.registry.getArtifact(await onnxFile(this.registry, uri)) };
  }

  async findByRequest(model: string, requestId: string): Promise<StoredVersion | undefined> {
    const versions = await this.registry.listVersions(model);
    const found = versions.find(({ tags }) =>
      tags.some(({ key, value }) => key === REQUEST_TAG && value === requestId),
    );
    return found === undefined ? undefined : { version: found.version, runId: found.run_id };
  }

  async store(model: string, record: TrainingRecord): Promise<StoredVersion> {
    const experiment = await this.registry.ensureExperiment(model);
    const tags = { ...record.tags, [REQUEST_TAG]: record.requestId, 'fraudflow.reason': record.reason };
    const run = await this.registry.createRun(
      experiment,
      `train-${record.requestId}`.slice(0, 120),
      this.clock.nowMs(),
      tags,
    );
    const { run_id: runId, artifact_uri: artifactUri } = run.info;
    try {
      const metrics = Object.entries(record.metrics).map(([key, value]) => ({ key, value }));
      await this.registry.logBatch(runId, { metrics, params: record.parameters }, this.clock.nowMs());
      const folder = `${artifactUri}/${MODEL_FOLDER}`;
      for (const [name, content] of Object.entries(record.files))
        await this.registry.putArtifact(`${folder}/${name}`, content);
      await this.registry.ensureRegisteredModel(model);
      const { version } = await this.registry.createModelVersion(model, folder, runId, tags);
      await this.registry.finishRun(runId, 'FINISHED', this.clock.nowMs());
      return { version, runId };
    } catch (thrown) {
      // The run stays as evidence; without a version nothing will ever serve it.
      await this.registry.finishRun(runId, 'FAILED', this.clock.nowMs()).catch(() => undefined);
      throw thrown;
    }
  }

  async promote(model: string, version: string): Promise<void> {
    await this.registry.transitionStage(model, version, 'Production', true);
  }
}

async function onnxFile(registry: RegistryClient, folderUri: string): Promise<string> {
  const files = (await registry.listArtifacts(folderUri)).map(({ path }) => path.split('/').pop() ?? path);
  const named = files.includes(MODEL_FILE) ? [MODEL_FILE] : files.filter((file) => file.endsWith('.onnx'));
  if (named.length === 1) return `${folderUri}/${named[0]}`;
  throw invalidInput(
    `${folderUri} must hold ${MODEL_FILE} or exactly one .onnx file; it holds ${files.join(', ') || 'nothing'}`,
    {
      code: 'MODEL_FILE_MISSING',
    },
  );
}
