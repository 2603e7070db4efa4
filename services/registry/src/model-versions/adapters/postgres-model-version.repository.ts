import type { EntityManager } from 'typeorm';
import type { SearchPage, SearchQuery } from '../../search/search-subject.js';
import { searchRows, type SearchTable } from '../../storage/adapters/search-sql.js';
import type { Tag } from '../../validation/keys.js';
import type { ModelVersionRepository, NewModelVersion } from '../model-version.repository.js';
import type { ModelVersion } from '../model-version.js';
import { loadModelVersions } from './load-model-versions.js';
import { ModelVersionEntity, ModelVersionTagEntity } from './model-version.entity.js';

const TABLE: SearchTable = {
  from: 'model_versions t',
  identity: 't.name, t.version',
  attributes: {
    name: 't.name',
    version_number: 't.version',
    run_id: 't.run_id',
    source_path: 't.source',
    creation_timestamp: 't.created_at_ms',
    last_updated_timestamp: 't.updated_at_ms',
  },
  numbers: ['version_number', 'creation_timestamp', 'last_updated_timestamp'],
  collections: {
    tag: {
      from: 'model_version_tags x',
      owner: 'x.name = t.name AND x.version = t.version',
      key: 'x.key = $key',
      value: 'x.value',
    },
  },
};

export class PostgresModelVersionRepository implements ModelVersionRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert({ tags, runId, modelId, ...columns }: NewModelVersion): Promise<void> {
    const { name, version } = columns;
    await this.manager.insert(ModelVersionEntity, { ...columns, runId: runId ?? null, modelId: modelId ?? null });
    const unique = [...new Map(tags.map((tag) => [tag.key, tag])).values()];
    await this.manager.insert(
      ModelVersionTagEntity,
      unique.map((tag) => ({ name, version, ...tag })),
    );
  }

  async find(name: string, version: number): Promise<ModelVersion | undefined> {
    return (await loadModelVersions(this.manager, [{ name, version }]))[0];
  }

  async list(name: string): Promise<readonly ModelVersion[]> {
    const rows = await this.manager.find(ModelVersionEntity, { where: { name }, order: { version: 'ASC' } });
    return loadModelVersions(this.manager, rows);
  }

  async save({ name, version, stage, description, updatedAtMs }: ModelVersion): Promise<void> {
    await this.manager.update(ModelVersionEntity, { name, version }, { stage, description, updatedAtMs });
  }

  async delete(name: string, version: number): Promise<void> {
    await this.manager.delete(ModelVersionEntity, { name, version });
  }

  async setTag(name: string, version: number, tag: Tag): Promise<void> {
    await this.manager.upsert(ModelVersionTagEntity, { name, version, ...tag }, ['name', 'version', 'key']);
  }

  async deleteTag(name: string, version: number, key: string): Promise<void> {
    await this.manager.delete(ModelVersionTagEntity, { name, version, key });
  }

  async search(query: SearchQuery): Promise<SearchPage<ModelVersion>> {
    const page = await searchRows<{ name: string; version: number }>(this.manager, TABLE, query);
    return { items: await loadModelVersions(this.manager, page.items), hasMore: page.hasMore };
  }
}
