import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { LoggedModelStatus } from '@fraudflow/contracts/mlflow/logged-model';
import { invalidInput, notFound } from '@fraudflow/core';
import { requireActiveExperiment } from '../experiments/experiments.service.js';
import { acceptParam, acceptRunTag } from '../runs/run-rules.js';
import { runSearch, type SearchRequest, type TokenPage } from '../search/search-request.js';
import { attributeIn, inExperiments } from '../search/search-subject.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import { generateName } from '../validation/generated-name.js';
import type { Tag } from '../validation/keys.js';
import { loggedModelSearch } from './logged-model-search.js';
import type { LoggedModel } from '../entities/logged-model.js';

const MAX_SEARCH_RESULTS = 50_000;
const FORBIDDEN_IN_NAME = /[/:.%"']/;

export interface LoggedModelDraft {
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string;
  readonly sourceRunId: string | undefined;
  readonly params: readonly Tag[];
  readonly tags: readonly Tag[];
}

@Injectable()
export class LoggedModelsService {
  constructor(
    private readonly store: RegistryStore,
    private readonly clock: RegistryClock,
  ) {}

  /** Creates a model in the state PENDING. The client sets READY when it has uploaded the files. */
  async create(draft: LoggedModelDraft): Promise<LoggedModel> {
    const name = draft.name || generateName();
    checkLoggedModelName(name);
    const modelId = `m-${randomUUID().replaceAll('-', '')}`;
    const nowMs = this.clock.nowMs();
    return this.store.write(async (unit) => {
      const experiment = await requireActiveExperiment(unit, draft.experimentId);
      await unit.loggedModels.insert({
        modelId,
        experimentId: experiment.experimentId,
        name,
        artifactUri: `${experiment.artifactLocation.replace(/\/+$/, '')}/models/${modelId}/artifacts`,
        status: 'PENDING',
        modelType: draft.modelType,
        sourceRunId: draft.sourceRunId,
        isDeleted: false,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        tags: draft.tags.map((tag, index) => acceptRunTag(tag, `tags[${index}].key`)),
        params: draft.params.map((param, index) => acceptParam(param, `params[${index}].key`)),
      });
      return requireLoggedModel(unit, modelId);
    });
  }

  /** @throws AppError not_found for a deleted model unless `allowDeleted` */
  async get(modelId: string, allowDeleted: boolean): Promise<LoggedModel> {
    return this.store.read((unit) => requireLoggedModel(unit, modelId, allowDeleted));
  }

  async finish(modelId: string, status: LoggedModelStatus): Promise<LoggedModel> {
    return this.store.write(async (unit) => {
      await lockLoggedModel(unit, modelId);
      await unit.loggedModels.setStatus(modelId, status, this.clock.nowMs());
      return requireLoggedModel(unit, modelId);
    });
  }

  /** Soft deletion: the files are kept, and versions registered from the model remain usable. */
  async delete(modelId: string, actor: string): Promise<void> {
    const nowMs = this.clock.nowMs();
    await this.store.write(async (unit) => {
      const model = await lockLoggedModel(unit, modelId);
      await unit.loggedModels.markDeleted(modelId, nowMs);
      const detail = { name: model.name };
      await unit.journal.audit({
        actor,
        action: 'deleted',
        subjectKind: 'logged_model',
        subject: modelId,
        detail,
        atMs: nowMs,
      });
    });
  }

  async setTags(modelId: string, tags: readonly Tag[]): Promise<LoggedModel> {
    const accepted = tags.map((tag, index) => acceptRunTag(tag, `tags[${index}].key`));
    return this.store.write(async (unit) => {
      await lockLoggedModel(unit, modelId);
      await unit.loggedModels.setTags(modelId, accepted);
      return requireLoggedModel(unit, modelId);
    });
  }

  async deleteTag(modelId: string, key: string): Promise<void> {
    await this.store.write(async (unit) => {
      await lockLoggedModel(unit, modelId);
      const existed = await unit.loggedModels.deleteTag(modelId, key);
      if (!existed) throw notFound(`No tag with key '${key}' found for model with ID '${modelId}'`);
    });
  }

  async addParams(modelId: string, params: readonly Tag[]): Promise<void> {
    const accepted = params.map((param, index) => acceptParam(param, `params[${index}].key`));
    await this.store.write(async (unit) => {
      await lockLoggedModel(unit, modelId);
      await unit.loggedModels.addParams(modelId, accepted);
    });
  }

  search(request: SearchRequest, experimentIds: readonly string[]): Promise<TokenPage<LoggedModel>> {
    const clauses = [inExperiments(experimentIds), attributeIn('is_deleted', ['false'])];
    return runSearch(request, { subject: loggedModelSearch, limit: MAX_SEARCH_RESULTS, clauses }, (query) =>
      this.store.read((unit) => unit.loggedModels.search(query)),
    );
  }
}

/** @throws AppError not_found */
export async function requireLoggedModel(
  unit: RegistryUnit,
  modelId: string,
  allowDeleted = false,
): Promise<LoggedModel> {
  const model = await unit.loggedModels.find(modelId);
  if (model && (allowDeleted || !model.isDeleted)) return model;
  throw notFound(`Logged model with ID '${modelId}' not found.`);
}

/** Locks a model; every change starts with it. @throws AppError not_found for an unknown or deleted model */
async function lockLoggedModel(unit: RegistryUnit, modelId: string): Promise<LoggedModel> {
  await unit.loggedModels.lock(modelId);
  return requireLoggedModel(unit, modelId);
}

function checkLoggedModelName(name: string): void {
  if (!FORBIDDEN_IN_NAME.test(name)) return;
  throw invalidInput(
    `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain: / : . % " '`,
    { field: 'name' },
  );
}
