import { notFound } from '@fraudflow/core';
import { type EntityManager, Any } from 'typeorm';
import { loadModelVersions } from './load-model-versions.js';
import type { SearchPage, SearchQuery } from '../../search/search-subject.js';
import { groupRows } from '../../storage/adapters/sql/group-rows.js';
import { refuseDuplicate } from '../../storage/adapters/sql/postgres-errors.js';
import { searchRows, type SearchTable } from '../../storage/adapters/sql/search-sql.js';
import { type Tag, uniqueTags } from '../../validation/keys.js';
import type { NewRegisteredModel, RegisteredModelRepository } from '../../entities/registered-model.repository.js';
import type { RegisteredModel } from '../../entities/registered-model.js';
import {
  RegisteredModelAliasEntity,
  RegisteredModelEntity,
  RegisteredModelTagEntity,
} from './registered-model.entity.js';

const TABLE: SearchTable = {
  from: 'registered_models t',
  identity: 't.name',
  attributes: { name: 't.name', creation_timestamp: 't.created_at_ms', last_updated_timestamp: 't.updated_at_ms' },
  numbers: ['creation_timestamp', 'last_updated_timestamp'],
  collections: {
    tag: {
      from: 'registered_model_tags x',
      owner: 'x.name = t.name',
      key: 'x.key = $key',
      value: 'x.value',
      isIndexedByPrefix: true,
    },
  },
};

export class PostgresRegisteredModelRepository implements RegisteredModelRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert({ tags, ...columns }: NewRegisteredModel): Promise<void> {
    await this.manager.insert(RegisteredModelEntity, columns).catch(refuseDuplicate(alreadyExists(columns.name)));
    await this.manager.insert(
      RegisteredModelTagEntity,
      uniqueTags(tags).map((tag) => ({ name: columns.name, ...tag })),
    );
  }

  async find(name: string): Promise<RegisteredModel | undefined> {
    return (await this.load([name]))[0];
  }

  async lock(name: string): Promise<void> {
    await this.manager.query(`SELECT 1 FROM registered_models WHERE name = $1 FOR UPDATE`, [name]);
  }

  async describe(name: string, description: string, updatedAtMs: number): Promise<void> {
    await this.manager.update(RegisteredModelEntity, { name }, { description, updatedAtMs });
  }

  async touch(name: string, updatedAtMs: number): Promise<void> {
    await this.manager.update(RegisteredModelEntity, { name }, { updatedAtMs });
  }

  async rename(name: string, newName: string, updatedAtMs: number): Promise<void> {
    // Tags, aliases and versions follow by ON UPDATE CASCADE.
    await this.manager
      .query(`UPDATE registered_models SET name = $2, updated_at_ms = $3 WHERE name = $1`, [name, newName, updatedAtMs])
      .catch(refuseDuplicate(alreadyExists(newName)));
  }

  async delete(name: string): Promise<void> {
    await this.manager.delete(RegisteredModelEntity, { name });
  }

  async setTag(name: string, tag: Tag): Promise<void> {
    await this.manager.upsert(RegisteredModelTagEntity, { name, ...tag }, ['name', 'key']);
  }

  async deleteTag(name: string, key: string): Promise<void> {
    await this.manager.delete(RegisteredModelTagEntity, { name, key });
  }

  async setAlias(name: string, alias: string, version: number): Promise<void> {
    await this.manager.upsert(RegisteredModelAliasEntity, { name, alias, version }, ['name', 'alias']);
  }

  async deleteAlias(name: string, alias: string): Promise<void> {
    await this.manager.delete(RegisteredModelAliasEntity, { name, alias });
  }

  async takeNextVersion(name: string, updatedAtMs: number): Promise<number> {
    // The updated row is locked until the end of the transaction, so the numbers follow the order of commits.
    const rows: { last_version: number }[] = await this.manager.query(
      `WITH taken AS (
         UPDATE registered_models SET last_version = last_version + 1, updated_at_ms = $2 WHERE name = $1 RETURNING last_version
       ) SELECT last_version FROM taken`,
      [name, updatedAtMs],
    );
    const [row] = rows;
    if (!row) throw notFound(`Registered Model with name=${name} not found`);
    return row.last_version;
  }

  async search(query: SearchQuery): Promise<SearchPage<RegisteredModel>> {
    const page = await searchRows<{ name: string }>(this.manager, TABLE, query);
    return { items: await this.load(page.items.map((row) => row.name)), next: page.next };
  }

  private async load(names: readonly string[]): Promise<RegisteredModel[]> {
    if (names.length === 0) return [];
    const where = { name: Any([...names]) };
    const rows = await this.manager.findBy(RegisteredModelEntity, where);
    if (rows.length === 0) return [];
    const tags = await this.manager.find(RegisteredModelTagEntity, { where, order: { key: 'ASC' } });
    const aliases = await this.manager.find(RegisteredModelAliasEntity, { where, order: { alias: 'ASC' } });
    const latest = await loadModelVersions(this.manager, await this.latestPerStage(names));
    const tagsOf = groupRows(tags, (tag) => tag.name);
    const aliasesOf = groupRows(aliases, (alias) => alias.name);
    const latestOf = groupRows(latest, (version) => version.name);
    const byName = new Map(rows.map((row) => [row.name, row]));
    return names.flatMap((name) => {
      const row = byName.get(name);
      if (!row) return [];
      return [
        {
          ...row,
          tags: tagsOf(name).map(({ key, value }) => ({ key, value })),
          aliases: aliasesOf(name).map(({ alias, version }) => ({ alias, version })),
          latestVersions: latestOf(name),
        },
      ];
    });
  }

  private latestPerStage(names: readonly string[]): Promise<{ name: string; version: number }[]> {
    return this.manager.query(
      `SELECT name, max(version) AS version FROM model_versions WHERE name = ANY($1) GROUP BY name, stage ORDER BY 1, 2`,
      [names],
    );
  }
}

function alreadyExists(name: string): string {
  return `Registered Model (name=${name}) already exists.`;
}
