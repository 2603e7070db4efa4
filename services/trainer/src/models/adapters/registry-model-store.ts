import { AppError, type Clock, conflict, invalidInput } from '@fraudflow/core';
import type { ArtifactFile, ModelVersion, RegistryClient } from '@fraudflow/registry-client';
import {
  type Champion,
  ModelStore,
  type StoredTraining,
  type StoredVersion,
  type TrainingRecord,
  type Verdict,
} from '../model-store.port.js';
import { EVALUATION_FILE, parseEvaluation } from '../evaluation-file.js';

const REQUEST_TAG = 'fraudflow.request_id';
const GATES_TAG = 'fraudflow.gates';
const DIGEST_TAG = 'fraudflow.data_digest';
/** The active version at the time of the evaluation; empty if there was none. */
const AGAINST_TAG = 'fraudflow.evaluated_against';
/** Folder of the model's files below the run's artifacts. */
const MODEL_FOLDER = 'model';
const MODEL_FILE = 'model.onnx';
const SCORING_FILE = 'scoring.json';
const MAX_SCORING_BYTES = 64 * 1024;
const MAX_EVALUATION_BYTES = 1024 * 1024;

export type TrainerRegistry = Pick<
  RegistryClient,
  | 'latestVersion'
  | 'listVersions'
  | 'downloadUri'
  | 'listArtifacts'
  | 'getArtifact'
  | 'putArtifact'
  | 'ensureExperiment'
  | 'createRun'
  | 'logBatch'
  | 'finishRun'
  | 'ensureRegisteredModel'
  | 'createModelVersion'
  | 'replaceStage'
>;

/** Runs, files and versions in the registry, by its MLflow API. */
export class RegistryModelStore extends ModelStore {
  /** @param maxModelBytes larger model files are not downloaded; the scorer does not serve them either */
  constructor(
    private readonly registry: TrainerRegistry,
    private readonly clock: Clock,
    private readonly maxModelBytes: number,
  ) {
    super();
  }

  override async champion(model: string): Promise<Champion | undefined> {
    const found = await this.registry.latestVersion(model, 'Production');
    if (found === undefined) return undefined;
    try {
      return { version: found.version, ...(await this.filesOf(model, found.version)) };
    } catch (thrown) {
      if (thrown instanceof AppError && (thrown.kind === 'invalid_input' || thrown.kind === 'not_found')) {
        return { version: found.version, model: thrown };
      }
      throw thrown;
    }
  }

  override async findByRequest(model: string, requestId: string): Promise<StoredTraining | undefined> {
    const versions = await this.registry.listVersions(model);
    const found = versions.find((version) => tagOf(version, REQUEST_TAG) === requestId);
    if (found === undefined) return undefined;
    const { version, run_id: runId, current_stage: stage } = found;
    return { version, runId, stage, verdict: await this.verdictOf(model, found) };
  }

  override async store(model: string, record: TrainingRecord): Promise<StoredVersion> {
    const experiment = await this.registry.ensureExperiment(model);
    const tags = tagsOf(record);
    const run = await this.registry.createRun(
      experiment,
      `train-${record.requestId}`.slice(0, 120),
      this.clock.nowMs(),
      tags,
    );
    const { run_id: runId, artifact_uri: artifactUri } = run.info;
    try {
      const metrics = Object.entries(record.verdict.metrics).map(([key, value]) => ({ key, value }));
      await this.registry.logBatch(runId, { metrics, params: record.parameters }, this.clock.nowMs());
      const folder = `${artifactUri}/${MODEL_FOLDER}`;
      for (const [name, content] of Object.entries(record.files))
        await this.registry.putArtifact(`${folder}/${name}`, content);
      await this.registry.ensureRegisteredModel(model);
      // Before the version is created: a failure after that must not mark a complete version as a failed training.
      await this.registry.finishRun(runId, 'FINISHED', this.clock.nowMs());
      const { version } = await this.registry.createModelVersion(model, folder, runId, tags);
      return { version, runId };
    } catch (thrown) {
      // The run is kept for diagnosis; without a version it is never served.
      await this.registry.finishRun(runId, 'FAILED', this.clock.nowMs()).catch(() => undefined);
      throw thrown;
    }
  }

  override async promote(model: string, version: string, expected: string | undefined): Promise<void> {
    const current = (await this.registry.latestVersion(model, 'Production'))?.version;
    if (current === version) return;
    if (current !== expected) throw championChanged(version, expected, current);
    try {
      await this.registry.replaceStage({ name: model, version }, 'Production', expected);
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.kind === 'conflict')) throw thrown;
      throw championChanged(version, expected, (await this.registry.latestVersion(model, 'Production'))?.version);
    }
  }

  private async filesOf(model: string, version: string): Promise<Omit<Champion, 'version'>> {
    const folder = await this.registry.downloadUri(model, version);
    const files = await this.registry.listArtifacts(folder);
    const file = onnxFile(folder, files);
    if (file.file_size > this.maxModelBytes) throw tooLarge(version, file.file_size, this.maxModelBytes);
    const bytes = await this.registry.getArtifact(`${folder}/${baseName(file)}`);
    const scoringFile = files.find((other) => baseName(other) === SCORING_FILE && other.file_size <= MAX_SCORING_BYTES);
    return { model: bytes, ...(scoringFile && { scoringJson: await this.text(`${folder}/${SCORING_FILE}`) }) };
  }

  private async verdictOf(model: string, version: ModelVersion): Promise<Verdict | undefined> {
    const gates = tagOf(version, GATES_TAG);
    const against = tagOf(version, AGAINST_TAG);
    if (gates === undefined || against === undefined) return undefined;
    return {
      passed: gates === 'passed',
      evaluatedAgainst: against === '' ? undefined : against,
      dataDigest: tagOf(version, DIGEST_TAG) ?? '',
      ...(await this.evaluationOf(model, version.version)),
    };
  }

  /** Metrics and gates are for the announcement only, so a missing file is not an error. */
  private async evaluationOf(model: string, version: string): Promise<Pick<Verdict, 'metrics' | 'gates'>> {
    try {
      const folder = await this.registry.downloadUri(model, version);
      const files = await this.registry.listArtifacts(folder);
      const file = files.find((other) => baseName(other) === EVALUATION_FILE);
      if (!file || file.file_size > MAX_EVALUATION_BYTES) return { metrics: {}, gates: [] };
      return parseEvaluation(await this.text(`${folder}/${EVALUATION_FILE}`));
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.retryable) throw thrown;
      return { metrics: {}, gates: [] };
    }
  }

  private async text(uri: string): Promise<string> {
    return Buffer.from(await this.registry.getArtifact(uri)).toString('utf8');
  }
}

function tagsOf({ requestId, reason, featureService, verdict }: TrainingRecord): Readonly<Record<string, string>> {
  return {
    [REQUEST_TAG]: requestId,
    'fraudflow.reason': reason,
    'fraudflow.feature_service': featureService,
    [DIGEST_TAG]: verdict.dataDigest,
    [GATES_TAG]: verdict.passed ? 'passed' : 'failed',
    [AGAINST_TAG]: verdict.evaluatedAgainst ?? '',
  };
}

function tagOf(version: ModelVersion, key: string): string | undefined {
  return version.tags.find((tag) => tag.key === key)?.value;
}

function onnxFile(folder: string, all: readonly ArtifactFile[]): ArtifactFile {
  const files = all.filter((file) => !file.is_dir && baseName(file).endsWith('.onnx'));
  const chosen = files.find((file) => baseName(file) === MODEL_FILE) ?? (files.length === 1 ? files[0] : undefined);
  if (chosen) return chosen;
  throw invalidInput(`${folder} must hold ${MODEL_FILE} or exactly one .onnx file; it holds ${files.length}`, {
    code: 'MODEL_FILE_MISSING',
  });
}

function championChanged(version: string, expected: string | undefined, current: string | undefined): AppError {
  const [was, is] = [expected, current].map((one) => one ?? 'none');
  return conflict(`version ${version} was evaluated against ${was}, but the active version is ${is}`, {
    code: 'CHAMPION_CHANGED',
  });
}

function tooLarge(version: string, bytes: number, limit: number): Error {
  return invalidInput(`the model file of version ${version} has ${bytes} bytes, more than the ${limit} allowed`, {
    code: 'ONNX_TOO_LARGE',
  });
}

/** Base name of a file; some servers list files by base name, others by path. */
function baseName({ path }: ArtifactFile): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
