import { MODEL_STAGES } from '@fraudflow/contracts/mlflow/model-version';
import { conflict, notFound } from '@fraudflow/core';
import { completeVersion } from './in-memory-model-version.repository.js';
import type { ModelVersion } from '../../src/entities/model-version.js';
import { searchInMemory } from '../../src/search/in-memory-search.js';
import type { FieldKind, SearchPage, SearchQuery } from '../../src/search/search-subject.js';
import { type MemoryRegisteredModel, type MemoryTables, valuesOf, withoutTag, withTags } from './memory-tables.js';
import type { Tag } from '../../src/validation/keys.js';
import type { NewRegisteredModel, RegisteredModelRepository } from '../../src/entities/registered-model.repository.js';
import type { RegisteredModel } from '../../src/entities/registered-model.js';

export class InMemoryRegisteredModelRepository implements RegisteredModelRepository {
  constructor(private readonly tables: MemoryTables) {}

  async insert({ name, description, createdAtMs, updatedAtMs, tags }: NewRegisteredModel): Promise<void> {
    this.refuseTakenName(name);
    const row = { name, description, createdAtMs, updatedAtMs, tags: withTags([], tags), aliases: [], lastVersion: 0 };
    this.tables.registeredModels.set(name, row);
  }

  async find(name: string): Promise<RegisteredModel | undefined> {
    const row = this.tables.registeredModels.get(name);
    return row && this.complete(row);
  }

  async lock(): Promise<void> {
    // No lock is needed, because the store serialises writes.
  }

  async describe(name: string, description: string, updatedAtMs: number): Promise<void> {
    this.change(name, (row) => ({ ...row, description, updatedAtMs }));
  }

  async touch(name: string, updatedAtMs: number): Promise<void> {
    this.change(name, (row) => ({ ...row, updatedAtMs }));
  }

  async rename(name: string, newName: string, updatedAtMs: number): Promise<void> {
    const row = this.tables.registeredModels.get(name);
    if (!row || name === newName) return this.touch(name, updatedAtMs);
    this.refuseTakenName(newName);
    this.tables.registeredModels.set(newName, { ...row, name: newName, updatedAtMs });
    this.tables.registeredModels.delete(name);
    for (const [id, version] of this.tables.modelVersions) {
      if (version.name !== name) continue;
      this.tables.modelVersions.delete(id);
      this.tables.modelVersions.set(`${newName}/${version.version}`, { ...version, name: newName });
    }
  }

  async delete(name: string): Promise<void> {
    this.tables.registeredModels.delete(name);
    for (const [id, version] of this.tables.modelVersions)
      if (version.name === name) this.tables.modelVersions.delete(id);
  }

  async setTag(name: string, tag: Tag): Promise<void> {
    this.change(name, (row) => ({ ...row, tags: withTags(row.tags, [tag]) }));
  }

  async deleteTag(name: string, key: string): Promise<void> {
    this.change(name, (row) => ({ ...row, tags: withoutTag(row.tags, key) }));
  }

  async setAlias(name: string, alias: string, version: number): Promise<void> {
    await this.deleteAlias(name, alias);
    this.change(name, (row) => ({
      ...row,
      aliases: [...row.aliases, { alias, version }].toSorted((a, b) => (a.alias < b.alias ? -1 : 1)),
    }));
  }

  async deleteAlias(name: string, alias: string): Promise<void> {
    this.change(name, (row) => ({ ...row, aliases: row.aliases.filter((held) => held.alias !== alias) }));
  }

  async takeNextVersion(name: string, updatedAtMs: number): Promise<number> {
    const row = this.tables.registeredModels.get(name);
    if (!row) throw notFound(`Registered Model with name=${name} not found`);
    const lastVersion = row.lastVersion + 1;
    this.tables.registeredModels.set(name, { ...row, lastVersion, updatedAtMs });
    return lastVersion;
  }

  async search(query: SearchQuery): Promise<SearchPage<RegisteredModel>> {
    const page = searchInMemory([...this.tables.registeredModels.values()], query, readField);
    return { items: page.items.map((row) => this.complete(row)), next: page.next };
  }

  private complete({ lastVersion: _lastVersion, ...row }: MemoryRegisteredModel): RegisteredModel {
    const versions = [...this.tables.modelVersions.values()].filter((version) => version.name === row.name);
    const newest = MODEL_STAGES.flatMap((stage): ModelVersion[] => {
      const [latest] = versions.filter((version) => version.stage === stage).toSorted((a, b) => b.version - a.version);
      return latest ? [completeVersion(this.tables, latest)] : [];
    });
    return { ...row, latestVersions: newest.toSorted((a, b) => a.version - b.version) };
  }

  private change(name: string, edit: (row: MemoryRegisteredModel) => MemoryRegisteredModel): void {
    const row = this.tables.registeredModels.get(name);
    if (row) this.tables.registeredModels.set(name, edit(row));
  }

  private refuseTakenName(name: string): void {
    if (this.tables.registeredModels.has(name)) throw conflict(`Registered Model (name=${name}) already exists.`);
  }
}

function readField(row: MemoryRegisteredModel, kind: FieldKind, key: string): readonly (string | number)[] {
  if (kind === 'tag') return valuesOf(row.tags, key);
  const attributes: Readonly<Record<string, string | number>> = {
    name: row.name,
    creation_timestamp: row.createdAtMs,
    last_updated_timestamp: row.updatedAtMs,
  };
  const value = attributes[key];
  return value === undefined ? [] : [value];
}
