import { artifactFileSchema } from '@fraudflow/contracts/mlflow/artifact';
import { type createExperiment, experimentSchema } from '@fraudflow/contracts/mlflow/experiment';
import { wireDouble } from '@fraudflow/contracts/mlflow/fields';
import type {
  createModelVersion,
  latestVersions,
  ModelStage,
  setVersionTag,
  transitionStage,
} from '@fraudflow/contracts/mlflow/model-version';
import type { createModel } from '@fraudflow/contracts/mlflow/registered-model';
import type { createRun, logBatch, RunStatus, updateRun } from '@fraudflow/contracts/mlflow/run';
import { AppError, invalidInput } from '@fraudflow/core';
import { z } from 'zod';
import { download } from './download.js';
import { exchange, type HttpOptions } from './http.js';
import { type ArtifactFile, type ModelVersion, modelVersion, type Run, run } from './schemas.js';

const API = '/api/2.0/mlflow';
const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';
const versions = z.object({ model_versions: z.array(modelVersion).default([]) });
const experimentId = experimentSchema.pick({ experiment_id: true });
const DEFAULT_MAX_ARTIFACT_BYTES = 128 * 1024 * 1024;
const ARTIFACT_SCHEME = 'mlflow-artifacts:/';

/** A request as the registry reads it. */
type RequestOf<Schema extends z.ZodType> = z.input<Schema>;

/** Metrics, params and tags to log for a run in one request. */
export interface RunBatch {
  readonly metrics?: readonly { readonly key: string; readonly value: number; readonly step?: number }[];
  readonly params?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Client of the registry's MLflow REST API with the calls that the services need. */
export class RegistryClient {
  private readonly http: HttpOptions;

  /** @param baseUrl e.g. `http://127.0.0.1:5000` */
  constructor(baseUrl: string, timeoutMs = 10_000) {
    this.http = { baseUrl, timeoutMs };
  }

  /** True if the registry responds. */
  async isAlive(): Promise<boolean> {
    return (await exchange(this.http, 'GET', '/health')).ok;
  }

  /** The id of the experiment with this name, which is created if it does not exist. */
  async ensureExperiment(name: string): Promise<string> {
    const byName = `${API}/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    const found = z.object({ experiment: experimentId });
    try {
      return (await this.get(byName, found)).experiment.experiment_id;
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.kind === 'not_found')) throw thrown;
    }
    const body: RequestOf<typeof createExperiment> = { name };
    try {
      return (await this.post('experiments/create', body, experimentId)).experiment_id;
    } catch (thrown) {
      // Another client has created it in the meantime.
      if (!(thrown instanceof AppError && thrown.kind === 'conflict')) throw thrown;
      return (await this.get(byName, found)).experiment.experiment_id;
    }
  }

  async createRun(
    experimentId: string,
    runName: string,
    startMs: number,
    tags: Readonly<Record<string, string>>,
  ): Promise<Run> {
    const body: RequestOf<typeof createRun> = {
      experiment_id: experimentId,
      run_name: runName,
      start_time: startMs,
      tags: pairs(tags),
    };
    return (await this.post('runs/create', body, z.object({ run }))).run;
  }

  async getRun(runId: string): Promise<Run> {
    return (await this.get(`${API}/runs/get?run_id=${encodeURIComponent(runId)}`, z.object({ run }))).run;
  }

  /** Logs metrics, params and tags. Metrics that are not finite are sent as texts, as the protocol defines. */
  async logBatch(runId: string, batch: RunBatch, timestampMs: number): Promise<void> {
    const metrics = (batch.metrics ?? []).map(({ key, value, step = 0 }) => ({
      key,
      value: wireDouble(value),
      timestamp: timestampMs,
      step,
    }));
    const body: RequestOf<typeof logBatch> = {
      run_id: runId,
      metrics,
      params: pairs(batch.params ?? {}),
      tags: pairs(batch.tags ?? {}),
    };
    await this.post('runs/log-batch', body, z.unknown());
  }

  async finishRun(
    runId: string,
    status: Extract<RunStatus, 'FINISHED' | 'FAILED' | 'KILLED'>,
    endMs: number,
  ): Promise<void> {
    const body: RequestOf<typeof updateRun> = { run_id: runId, status, end_time: endMs };
    await this.post('runs/update', body, z.unknown());
  }

  async ensureRegisteredModel(name: string): Promise<void> {
    const body: RequestOf<typeof createModel> = { name };
    try {
      await this.post('registered-models/create', body, z.unknown());
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.kind === 'conflict')) throw thrown;
    }
  }

  async createModelVersion(
    name: string,
    source: string,
    runId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<ModelVersion> {
    const body: RequestOf<typeof createModelVersion> = { name, source, run_id: runId, tags: pairs(tags) };
    return (await this.post('model-versions/create', body, z.object({ model_version: modelVersion }))).model_version;
  }

  async getModelVersion(name: string, version: string): Promise<ModelVersion> {
    const query = new URLSearchParams({ name, version });
    return (await this.get(`${API}/model-versions/get?${query.toString()}`, z.object({ model_version: modelVersion })))
      .model_version;
  }

  /**
   * Moves a version to a stage and archives the versions in that stage, atomically.
   * @param expectedVersion version that must be in the stage until now; undefined: none. The version itself is
   * accepted, too
   * @throws AppError conflict if another version is in the stage. Servers other than FraudFlow's ignore the
   * expectation.
   */
  async replaceStage(
    { name, version }: { readonly name: string; readonly version: string },
    stage: ModelStage,
    expectedVersion: string | undefined,
  ): Promise<void> {
    const body: RequestOf<typeof transitionStage> = {
      name,
      version,
      stage,
      archive_existing_versions: true,
      expected_current_version: expectedVersion ?? '',
    };
    await this.post('model-versions/transition-stage', body, z.unknown());
  }

  async setVersionTag(name: string, version: string, key: string, value: string): Promise<void> {
    const body: RequestOf<typeof setVersionTag> = { name, version, key, value };
    await this.post('model-versions/set-tag', body, z.unknown());
  }

  /** The newest version in a stage, or undefined if the model or such a version does not exist. */
  async latestVersion(name: string, stage: ModelStage): Promise<ModelVersion | undefined> {
    const body: RequestOf<typeof latestVersions> = { name, stages: [stage] };
    try {
      return (await this.post('registered-models/get-latest-versions', body, versions)).model_versions[0];
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'not_found') return undefined;
      throw thrown;
    }
  }

  async listVersions(name: string): Promise<readonly ModelVersion[]> {
    const query = new URLSearchParams({ filter: `name='${name}'`, max_results: '1000' });
    return (await this.get(`${API}/model-versions/search?${query.toString()}`, versions)).model_versions;
  }

  /** The location of a version's files, resolved to `mlflow-artifacts:/…`. */
  async downloadUri(name: string, version: string): Promise<string> {
    const query = new URLSearchParams({ name, version });
    return (
      await this.get(
        `${API}/model-versions/get-download-uri?${query.toString()}`,
        z.object({ artifact_uri: z.string() }),
      )
    ).artifact_uri;
  }

  /** Files and folders directly below an artifact location. */
  async listArtifacts(uri: string): Promise<readonly ArtifactFile[]> {
    const query = new URLSearchParams({ path: artifactPath(uri) });
    return (
      await this.get(`${ARTIFACTS}?${query.toString()}`, z.object({ files: z.array(artifactFileSchema).default([]) }))
    ).files;
  }

  /**
   * A file's bytes. The timeout applies to each chunk, so that a large file can be read over a slow connection.
   * @param maxBytes maximum size of the file
   * @throws AppError invalid_input ARTIFACT_TOO_LARGE as soon as more bytes have arrived; unavailable after a timeout
   */
  async getArtifact(uri: string, maxBytes = DEFAULT_MAX_ARTIFACT_BYTES): Promise<Uint8Array> {
    return download(this.http, `${ARTIFACTS}/${encodePath(artifactPath(uri))}`, maxBytes);
  }

  async putArtifact(uri: string, bytes: Uint8Array | string): Promise<void> {
    const body = typeof bytes === 'string' ? bytes : new Uint8Array(bytes);
    await exchange(this.http, 'PUT', `${ARTIFACTS}/${encodePath(artifactPath(uri))}`, {
      bytes: body,
      type: 'application/octet-stream',
    });
  }

  private async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await (await exchange(this.http, 'GET', path)).json());
  }

  private async post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const sent = { bytes: JSON.stringify(body), type: 'application/json' };
    return schema.parse(await (await exchange(this.http, 'POST', `${API}/${path}`, sent)).json());
  }
}

function pairs(record: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

function artifactPath(uri: string): string {
  if (uri.startsWith(ARTIFACT_SCHEME)) return uri.slice(ARTIFACT_SCHEME.length).replace(/^\/+/, '');
  throw invalidInput(`not a location of the registry's artifact store: ${uri}`, { code: 'ARTIFACT_URI_INVALID' });
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
