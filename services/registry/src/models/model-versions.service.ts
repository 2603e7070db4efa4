import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '../journal/journal.port.js';
import { checkModelName, checkRegistryTag } from './registered-model-rules.js';
import { requireRegisteredModel } from './require-registered-model.js';
import { runSearch, type SearchRequest, type TokenPage } from '../search/search-request.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import type { Tag } from '../validation/keys.js';
import { pythonJson } from '../validation/python-json.js';
import { frozenArtifacts } from './frozen-artifacts.js';
import { versionCreated, versionDeleted } from './model-events.js';
import { modelVersionSearch } from './model-version-search.js';
import type { ModelVersion } from '../entities/model-version.js';
import { requireModelVersion } from './require-model-version.js';
import { resolveSource } from './version-source.js';

const MAX_SEARCH_RESULTS = 200_000;
const REGISTRATIONS_TAG = 'mlflow.modelVersions';

export interface ModelVersionDraft {
  readonly name: string;
  readonly source: string;
  readonly runId: string | undefined;
  readonly modelId: string | undefined;
  readonly runLink: string;
  readonly description: string;
  readonly tags: readonly Tag[];
}

@Injectable()
export class ModelVersionsService {
  constructor(
    private readonly store: RegistryStore,
    private readonly clock: RegistryClock,
  ) {}

  /** Creates a version; concurrent callers get different numbers. @throws AppError not_found for an unknown model */
  async create(draft: ModelVersionDraft, actor: string): Promise<ModelVersion> {
    checkModelName(draft.name);
    draft.tags.forEach(checkRegistryTag);
    const atMs = this.clock.nowMs();
    return this.store.write(async (unit) => {
      await lockModel(unit, draft.name);
      const resolved = await resolveSource(unit, draft);
      const version = await unit.registeredModels.takeNextVersion(draft.name, atMs);
      const times = { createdBy: actor, createdAtMs: atMs, updatedAtMs: atMs };
      const artifacts = await frozenArtifacts(unit, resolved.storageLocation);
      await unit.modelVersions.insert({ ...draft, ...resolved, version, stage: 'None', ...times }, artifacts);
      const created = await requireModelVersion(unit, draft.name, version);
      if (created.modelId !== undefined) await noteRegistration(unit, created.modelId, created);
      await auditVersion(unit, created, { actor, action: 'created', atMs, detail: { source: draft.source } });
      await unit.journal.announce([versionCreated(created, { actor, atMs })]);
      return created;
    });
  }

  get(name: string, version: number): Promise<ModelVersion> {
    return this.store.read((unit) => requireModelVersion(unit, name, version));
  }

  search(request: SearchRequest): Promise<TokenPage<ModelVersion>> {
    return runSearch(request, { subject: modelVersionSearch, limit: MAX_SEARCH_RESULTS, clauses: [] }, (query) =>
      this.store.read((unit) => unit.modelVersions.search(query)),
    );
  }

  async describe(name: string, version: number, description: string, actor: string): Promise<ModelVersion> {
    const atMs = this.clock.nowMs();
    return this.store.write(async (unit) => {
      await lockModel(unit, name);
      const found = await requireModelVersion(unit, name, version);
      await unit.modelVersions.describe(name, version, description, atMs);
      await auditVersion(unit, found, { actor, action: 'described', atMs, detail: { description } });
      return requireModelVersion(unit, name, version);
    });
  }

  /** Deletes the version with its aliases. Its number is not used again. */
  async delete(name: string, version: number, actor: string): Promise<void> {
    const atMs = this.clock.nowMs();
    await this.store.write(async (unit) => {
      await lockModel(unit, name);
      const found = await requireModelVersion(unit, name, version);
      for (const alias of found.aliases) await unit.registeredModels.deleteAlias(name, alias);
      await unit.modelVersions.delete(name, version);
      await unit.registeredModels.touch(name, atMs);
      await auditVersion(unit, found, {
        actor,
        action: 'deleted',
        atMs,
        detail: { stage: found.stage, aliases: found.aliases },
      });
      await unit.journal.announce(versionDeleted(found, { actor, atMs }));
    });
  }

  async setTag(name: string, version: number, tag: Tag, actor: string): Promise<void> {
    checkRegistryTag(tag);
    await this.store.write(async (unit) => {
      await lockModel(unit, name);
      const found = await requireModelVersion(unit, name, version);
      await unit.modelVersions.setTag(name, version, tag);
      await auditVersion(unit, found, { actor, action: 'tag_set', atMs: this.clock.nowMs(), detail: { ...tag } });
    });
  }

  /** Deletes a tag. Deleting an absent tag is not an error. */
  async deleteTag(name: string, version: number, key: string, actor: string): Promise<void> {
    await this.store.write(async (unit) => {
      await lockModel(unit, name);
      const found = await requireModelVersion(unit, name, version);
      await unit.modelVersions.deleteTag(name, version, key);
      await auditVersion(unit, found, { actor, action: 'tag_deleted', atMs: this.clock.nowMs(), detail: { key } });
    });
  }
}

type Change = Pick<AuditEntry, 'actor' | 'action' | 'atMs' | 'detail'>;

function auditVersion(unit: RegistryUnit, { name, version }: ModelVersion, change: Change): Promise<void> {
  return unit.journal.audit({ ...change, subjectKind: 'model_version', subject: `${name}/${version}` });
}

/** Locks the model; every change of a version starts with it, so that no update is lost. @throws AppError not_found */
async function lockModel(unit: RegistryUnit, name: string): Promise<void> {
  await unit.registeredModels.lock(name);
  await requireRegisteredModel(unit, name);
}

/** Clients read this tag to show where a logged model is registered, and append to it. */
async function noteRegistration(unit: RegistryUnit, modelId: string, { name, version }: ModelVersion): Promise<void> {
  await unit.loggedModels.lock(modelId);
  const model = await unit.loggedModels.find(modelId);
  if (!model) return;
  const others = model.registrations.filter((known) => known.name !== name || known.version !== version);
  const registrations = [...others, { name, version }].map((known) => ({ name: known.name, version: known.version }));
  await unit.loggedModels.setTags(modelId, [{ key: REGISTRATIONS_TAG, value: pythonJson(registrations) }]);
}
