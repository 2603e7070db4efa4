import { type EntityManager, Any } from 'typeorm';
import { RegisteredModelAliasEntity } from '../../registered-models/adapters/registered-model.entity.js';
import { groupRows } from '../../storage/adapters/group-rows.js';
import type { ModelVersion } from '../model-version.js';
import { ModelVersionEntity, ModelVersionTagEntity } from './model-version.entity.js';

interface VersionId {
  readonly name: string;
  readonly version: number;
}

/** Versions with their tags and aliases, in the order of the ids; unknown ids are left out. */
export async function loadModelVersions(manager: EntityManager, ids: readonly VersionId[]): Promise<ModelVersion[]> {
  if (ids.length === 0) return [];
  // By name and by number is a superset of the pairs; the pairs are picked below.
  const where = {
    name: Any([...new Set(ids.map(({ name }) => name))]),
    version: Any([...new Set(ids.map(({ version }) => version))]),
  };
  const rows = await manager.findBy(ModelVersionEntity, where);
  const tags = await manager.find(ModelVersionTagEntity, { where, order: { key: 'ASC' } });
  const aliases = await manager.find(RegisteredModelAliasEntity, { where, order: { alias: 'ASC' } });
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  const tagsOf = groupRows(tags, idOf);
  const aliasesOf = groupRows(aliases, idOf);
  return ids.map(idOf).flatMap((id) => {
    const row = byId.get(id);
    if (!row) return [];
    return [
      {
        ...row,
        runId: row.runId ?? undefined,
        modelId: row.modelId ?? undefined,
        tags: tagsOf(id).map(({ key, value }) => ({ key, value })),
        aliases: aliasesOf(id).map(({ alias }) => alias),
      },
    ];
  });
}

function idOf({ name, version }: VersionId): string {
  return `${name}/${version}`;
}
