import type { EntityManager } from 'typeorm';
import type { ModelStage } from '@fraudflow/contracts/mlflow/model-version';
import type { Tag } from '../../validation/keys.js';
import type { ModelVersion } from '../../entities/model-version.js';

interface VersionId {
  readonly name: string;
  readonly version: number;
}

interface VersionRow extends VersionId {
  readonly stage: ModelStage;
  readonly description: string;
  readonly source: string;
  readonly storage_location: string;
  readonly run_id: string | null;
  readonly run_link: string;
  readonly model_id: string | null;
  readonly created_by: string;
  readonly created_at_ms: string;
  readonly updated_at_ms: string;
  readonly tags: readonly Tag[] | null;
  readonly aliases: readonly string[] | null;
}

const LOAD_VERSIONS = `
  SELECT v.name, v.version, v.stage, v.description, v.source, v.storage_location, v.run_id, v.run_link, v.model_id, v.created_by,
    v.created_at_ms, v.updated_at_ms,
    (SELECT json_agg(json_build_object('key', key, 'value', value) ORDER BY key COLLATE "C")
      FROM model_version_tags t WHERE t.name = v.name AND t.version = v.version) AS tags,
    (SELECT json_agg(alias ORDER BY alias COLLATE "C")
      FROM registered_model_aliases a WHERE a.name = v.name AND a.version = v.version) AS aliases
  FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS wanted(name, version, place)
  JOIN model_versions v ON v.name = wanted.name AND v.version = wanted.version
  ORDER BY wanted.place`;

/** Versions with their tags and aliases, in the order of the ids; unknown ids are omitted. */
export async function loadModelVersions(manager: EntityManager, ids: readonly VersionId[]): Promise<ModelVersion[]> {
  if (ids.length === 0) return [];
  const rows: VersionRow[] = await manager.query(LOAD_VERSIONS, [
    ids.map(({ name }) => name),
    ids.map(({ version }) => version),
  ]);
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    stage: row.stage,
    description: row.description,
    source: row.source,
    storageLocation: row.storage_location,
    runId: row.run_id ?? undefined,
    runLink: row.run_link,
    modelId: row.model_id ?? undefined,
    createdBy: row.created_by,
    createdAtMs: Number(row.created_at_ms),
    updatedAtMs: Number(row.updated_at_ms),
    tags: row.tags ?? [],
    aliases: row.aliases ?? [],
  }));
}
