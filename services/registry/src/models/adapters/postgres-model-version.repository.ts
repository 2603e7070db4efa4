import type { ModelStage } from '@fraudflow/contracts/mlflow/model-version';
import { invalidInput } from '@fraudflow/core';
import type { EntityManager } from 'typeorm';
import { lockArtifacts } from '../../artifacts/adapters/frozen-artifacts.js';
import type { SearchPage, SearchQuery } from '../../search/search-subject.js';
import { searchRows, type SearchTable } from '../../storage/adapters/sql/search-sql.js';
import { type Tag, uniqueTags } from '../../validation/keys.js';
import type {
  FrozenArtifacts,
  ModelVersionRepository,
  NewModelVersion,
} from '../../entities/model-version.repository.js';
import type { ModelVersion } from '../../entities/model-version.js';
import { loadModelVersions } from './load-model-versions.js';
import { ModelVersionEntity, ModelVersionTagEntity } from './model-version.entity.js';

/** Maximum number of files that one version freezes. */
const MAX_FILES = 10_000;

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
  nullable: ['run_id'],
  numbers: ['version_number', 'creation_timestamp', 'last_updated_timestamp'],
  collections: {
    tag: {
      from: 'model_version_tags x',
      owner: 'x.name = t.name AND x.version = t.version',
      key: 'x.key = $key',
      value: 'x.value',
      isIndexedByPrefix: true,
    },
  },
};

export class PostgresModelVersionRepository implements ModelVersionRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(draft: NewModelVersion, { frozenFolder, filesFolder }: FrozenArtifacts): Promise<void> {
    const { tags, runId, modelId, ...columns } = draft;
    const { name, version } = columns;
    if (frozenFolder !== undefined || filesFolder !== undefined) await lockArtifacts(this.manager, 'exclusive');
    await this.manager.insert(ModelVersionEntity, {
      ...columns,
      runId: runId ?? null,
      modelId: modelId ?? null,
      frozenFolder: frozenFolder ?? null,
    });
    await this.manager.insert(
      ModelVersionTagEntity,
      uniqueTags(tags).map((tag) => ({ name, version, ...tag })),
    );
    if (filesFolder !== undefined) await this.bindFiles(name, version, filesFolder);
  }

  async find(name: string, version: number): Promise<ModelVersion | undefined> {
    return (await loadModelVersions(this.manager, [{ name, version }]))[0];
  }

  async list(name: string): Promise<readonly ModelVersion[]> {
    const rows = await this.manager.find(ModelVersionEntity, { where: { name }, order: { version: 'ASC' } });
    return loadModelVersions(this.manager, rows);
  }

  async describe(name: string, version: number, description: string, updatedAtMs: number): Promise<void> {
    await this.manager.update(ModelVersionEntity, { name, version }, { description, updatedAtMs });
  }

  async moveTo(name: string, version: number, stage: ModelStage, updatedAtMs: number): Promise<void> {
    await this.manager.update(ModelVersionEntity, { name, version }, { stage, updatedAtMs });
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
    return { items: await loadModelVersions(this.manager, page.items), next: page.next };
  }

  private async bindFiles(name: string, version: number, folder: string): Promise<void> {
    const rows: { count: number }[] = await this.manager.query(
      `WITH bound AS (
         INSERT INTO model_version_files (path, name, version, sha256, size_bytes)
         SELECT path, $1, $2, CASE WHEN incoming_sha256 IS NULL THEN sha256 END, size_bytes FROM artifact_digests
         WHERE (path = $3 OR (path COLLATE "C" > $3 || '/' AND path COLLATE "C" < $3 || '0'))
           -- An upload that was never published has a row, but no file.
           AND (file_id IS NOT NULL OR incoming_file_id IS NULL)
         ORDER BY path LIMIT $4
         RETURNING 1
       ) SELECT count(*)::int AS count FROM bound`,
      [name, version, folder, MAX_FILES + 1],
    );
    if ((rows[0]?.count ?? 0) <= MAX_FILES) return;
    throw invalidInput(
      `Invalid model version source: '${folder}' holds more than ${MAX_FILES} files. Name the folder of one model.`,
      { field: 'source' },
    );
  }
}
