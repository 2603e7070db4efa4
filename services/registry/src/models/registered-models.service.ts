import { Injectable } from '@nestjs/common';
import type { AuditEntry } from '../journal/journal.port.js';
import { versionDeleted, versionIntroduced } from './model-events.js';
import { runSearch, type SearchRequest, type TokenPage } from '../search/search-request.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import type { Tag } from '../validation/keys.js';
import { checkModelName, checkRegistryTag } from './registered-model-rules.js';
import { registeredModelSearch } from './registered-model-search.js';
import type { RegisteredModel } from '../entities/registered-model.js';
import { requireRegisteredModel } from './require-registered-model.js';

const MAX_SEARCH_RESULTS = 1_000;

export interface RegisteredModelDraft {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly Tag[];
}

@Injectable()
export class RegisteredModelsService {
  constructor(
    private readonly store: RegistryStore,
    private readonly clock: RegistryClock,
  ) {}

  /** @throws AppError conflict if the name is used; clients then register versions of the existing model */
  async create(draft: RegisteredModelDraft, actor: string): Promise<RegisteredModel> {
    checkModelName(draft.name);
    draft.tags.forEach(checkRegistryTag);
    return this.change(
      { subject: draft.name, action: 'created', actor, detail: { description: draft.description } },
      async (unit, atMs) => {
        await unit.registeredModels.insert({ ...draft, createdAtMs: atMs, updatedAtMs: atMs });
        return requireRegisteredModel(unit, draft.name);
      },
    );
  }

  get(name: string): Promise<RegisteredModel> {
    return this.store.read((unit) => requireRegisteredModel(unit, name));
  }

  search(request: SearchRequest): Promise<TokenPage<RegisteredModel>> {
    return runSearch(request, { subject: registeredModelSearch, limit: MAX_SEARCH_RESULTS, clauses: [] }, (query) =>
      this.store.read((unit) => unit.registeredModels.search(query)),
    );
  }

  describe(name: string, description: string, actor: string): Promise<RegisteredModel> {
    return this.change({ subject: name, action: 'described', actor, detail: { description } }, async (unit, atMs) => {
      await unit.registeredModels.lock(name);
      await requireRegisteredModel(unit, name);
      await unit.registeredModels.describe(name, description, atMs);
      return requireRegisteredModel(unit, name);
    });
  }

  /**
   * Publishes deletions of the versions under the old name and their creations, stages and aliases under the new name.
   */
  async rename(name: string, newName: string, actor: string): Promise<RegisteredModel> {
    checkModelName(newName);
    return this.change({ subject: name, action: 'renamed', actor, detail: { to: newName } }, async (unit, atMs) => {
      await unit.registeredModels.lock(name);
      await requireRegisteredModel(unit, name);
      const context = { actor, atMs };
      const before = await unit.modelVersions.list(name);
      await unit.registeredModels.rename(name, newName, atMs);
      const after = await unit.modelVersions.list(newName);
      await unit.journal.announce(before.flatMap((version) => versionDeleted(version, context)));
      await unit.journal.announce(after.flatMap((version) => versionIntroduced(version, context)));
      return requireRegisteredModel(unit, newName);
    });
  }

  async delete(name: string, actor: string): Promise<void> {
    await this.change({ subject: name, action: 'deleted', actor, detail: {} }, async (unit, atMs) => {
      await unit.registeredModels.lock(name);
      await requireRegisteredModel(unit, name);
      const versions = await unit.modelVersions.list(name);
      await unit.registeredModels.delete(name);
      await unit.journal.announce(versions.flatMap((version) => versionDeleted(version, { actor, atMs })));
    });
  }

  async setTag(name: string, tag: Tag, actor: string): Promise<void> {
    checkRegistryTag(tag);
    await this.change({ subject: name, action: 'tag_set', actor, detail: { ...tag } }, async (unit) => {
      await unit.registeredModels.lock(name);
      await requireRegisteredModel(unit, name);
      await unit.registeredModels.setTag(name, tag);
    });
  }

  /** Deletes a tag. Deleting an absent tag is not an error. */
  async deleteTag(name: string, key: string, actor: string): Promise<void> {
    await this.change({ subject: name, action: 'tag_deleted', actor, detail: { key } }, async (unit) => {
      await unit.registeredModels.lock(name);
      await requireRegisteredModel(unit, name);
      await unit.registeredModels.deleteTag(name, key);
    });
  }

  private change<T>(what: Change, work: (unit: RegistryUnit, atMs: number) => Promise<T>): Promise<T> {
    const atMs = this.clock.nowMs();
    return this.store.write(async (unit) => {
      const result = await work(unit, atMs);
      await unit.journal.audit({ ...what, subjectKind: 'registered_model', atMs });
      return result;
    });
  }
}

type Change = Pick<AuditEntry, 'actor' | 'action' | 'subject' | 'detail'>;
