import type { ModelStage } from '@fraudflow/contracts/mlflow/model-version';
import { searchInMemory } from '../../src/search/in-memory-search.js';
import type { FieldKind, SearchPage, SearchQuery } from '../../src/search/search-subject.js';
import { type MemoryTables, valuesOf, withoutTag, withTags } from './memory-tables.js';
import type { Tag } from '../../src/validation/keys.js';
import type { ModelVersionRepository, NewModelVersion } from '../../src/entities/model-version.repository.js';
import type { ModelVersion } from '../../src/entities/model-version.js';

export class InMemoryModelVersionRepository implements ModelVersionRepository {
  constructor(private readonly tables: MemoryTables) {}

  async insert(version: NewModelVersion): Promise<void> {
    this.tables.modelVersions.set(idOf(version), { ...version, tags: withTags([], version.tags) });
  }

  async find(name: string, version: number): Promise<ModelVersion | undefined> {
    const row = this.tables.modelVersions.get(idOf({ name, version }));
    return row && completeVersion(this.tables, row);
  }

  async list(name: string): Promise<readonly ModelVersion[]> {
    const rows = [...this.tables.modelVersions.values()].filter((row) => row.name === name);
    return rows.toSorted((a, b) => a.version - b.version).map((row) => completeVersion(this.tables, row));
  }

  async describe(name: string, version: number, description: string, updatedAtMs: number): Promise<void> {
    this.change(name, version, (row) => ({ ...row, description, updatedAtMs }));
  }

  async moveTo(name: string, version: number, stage: ModelStage, updatedAtMs: number): Promise<void> {
    this.change(name, version, (row) => ({ ...row, stage, updatedAtMs }));
  }

  async delete(name: string, version: number): Promise<void> {
    this.tables.modelVersions.delete(idOf({ name, version }));
  }

  async setTag(name: string, version: number, tag: Tag): Promise<void> {
    this.change(name, version, (row) => ({ ...row, tags: withTags(row.tags, [tag]) }));
  }

  async deleteTag(name: string, version: number, key: string): Promise<void> {
    this.change(name, version, (row) => ({ ...row, tags: withoutTag(row.tags, key) }));
  }

  async search(query: SearchQuery): Promise<SearchPage<ModelVersion>> {
    const page = searchInMemory([...this.tables.modelVersions.values()], query, readField);
    return { items: page.items.map((row) => completeVersion(this.tables, row)), next: page.next };
  }

  private change(name: string, version: number, edit: (row: NewModelVersion) => NewModelVersion): void {
    const row = this.tables.modelVersions.get(idOf({ name, version }));
    if (row) this.tables.modelVersions.set(idOf(row), edit(row));
  }
}

/** A version with its aliases, which the model stores. */
export function completeVersion(tables: MemoryTables, row: NewModelVersion): ModelVersion {
  const aliases = tables.registeredModels.get(row.name)?.aliases ?? [];
  return { ...row, aliases: aliases.filter(({ version }) => version === row.version).map(({ alias }) => alias) };
}

function idOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${name}/${version}`;
}

function readField(row: NewModelVersion, kind: FieldKind, key: string): readonly (string | number)[] {
  if (kind === 'tag') return valuesOf(row.tags, key);
  const attributes: Readonly<Record<string, string | number | undefined>> = {
    name: row.name,
    version_number: row.version,
    run_id: row.runId,
    source_path: row.source,
    creation_timestamp: row.createdAtMs,
    last_updated_timestamp: row.updatedAtMs,
  };
  const value = attributes[key];
  return value === undefined ? [] : [value];
}
