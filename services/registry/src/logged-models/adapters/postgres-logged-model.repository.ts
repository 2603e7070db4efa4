import type { LoggedModelStatus } from '@fraudflow/contracts/mlflow/logged-model';
import { notFound } from '@fraudflow/core';
import { type EntityManager, Any } from 'typeorm';
import type { Metric, RunInfo } from '../../entities/run.js';
import type { SearchPage, SearchQuery } from '../../search/search-subject.js';
import { groupRows } from '../../storage/adapters/sql/group-rows.js';
import { searchRows, type SearchTable } from '../../storage/adapters/sql/search-sql.js';
import { type Tag, uniqueTags } from '../../validation/keys.js';
import type { LoggedModelRepository, NewLoggedModel } from '../../entities/logged-model.repository.js';
import type { LoggedModel, LoggedModelMetric } from '../../entities/logged-model.js';
import { LoggedModelEntity, LoggedModelParamEntity, LoggedModelTagEntity } from './logged-model.entity.js';

const NEWEST_FIRST = `x.step DESC, x.timestamp_ms DESC, COALESCE(NULLIF(x.value, 'NaN'), 0) DESC`;

const TABLE: SearchTable = {
  from: 'logged_models t',
  identity: 't.model_id',
  attributes: {
    model_id: 't.model_id',
    name: 't.name',
    model_type: 't.model_type',
    status: 't.status',
    source_run_id: 't.source_run_id',
    creation_timestamp: 't.created_at_ms',
    last_updated_timestamp: 't.updated_at_ms',
    experiment_id: 't.experiment_id',
    is_deleted: 't.is_deleted',
  },
  numbers: ['creation_timestamp', 'last_updated_timestamp'],
  nullable: ['source_run_id'],
  listTypes: { experiment_id: 'bigint', is_deleted: 'boolean' },
  collections: {
    tag: { from: 'logged_model_tags x', owner: 'x.model_id = t.model_id', key: 'x.key = $key', value: 'x.value' },
    param: { from: 'logged_model_params x', owner: 'x.model_id = t.model_id', key: 'x.key = $key', value: 'x.value' },
    metric: {
      from: 'logged_model_metrics x',
      owner: 'x.model_id = t.model_id',
      key: 'x.key = $key',
      value: 'x.value',
      datasetColumns: { name: 'x.dataset_name', digest: 'x.dataset_digest' },
      newestFirst: NEWEST_FIRST,
    },
  },
};

interface MetricRow {
  readonly model_id: string;
  readonly run_id: string;
  readonly key: string;
  readonly value: number;
  readonly timestamp_ms: string;
  readonly step: string;
  readonly dataset_name: string;
  readonly dataset_digest: string;
}

interface RegistrationRow {
  readonly model_id: string;
  readonly name: string;
  readonly version: number;
}

export class PostgresLoggedModelRepository implements LoggedModelRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert({ tags, params, ...columns }: NewLoggedModel): Promise<void> {
    const sourceRunId = columns.sourceRunId ?? null;
    await this.manager.insert(LoggedModelEntity, {
      ...columns,
      experimentId: Number(columns.experimentId),
      sourceRunId,
    });
    await this.setTags(columns.modelId, tags);
    await this.addParams(columns.modelId, params);
  }

  async find(modelId: string): Promise<LoggedModel | undefined> {
    return (await this.load([modelId]))[0];
  }

  async lock(modelId: string): Promise<void> {
    await this.manager.query(`SELECT 1 FROM logged_models WHERE model_id = $1 FOR NO KEY UPDATE`, [modelId]);
  }

  async setStatus(modelId: string, status: LoggedModelStatus, updatedAtMs: number): Promise<void> {
    await this.manager.update(LoggedModelEntity, { modelId }, { status, updatedAtMs });
  }

  async markDeleted(modelId: string, updatedAtMs: number): Promise<void> {
    await this.manager.update(LoggedModelEntity, { modelId }, { isDeleted: true, updatedAtMs });
  }

  async setTags(modelId: string, tags: readonly Tag[]): Promise<void> {
    const rows = uniqueTags(tags).map((tag) => ({ modelId, ...tag }));
    if (rows.length > 0) await this.manager.upsert(LoggedModelTagEntity, rows, ['modelId', 'key']);
  }

  async deleteTag(modelId: string, key: string): Promise<boolean> {
    const result = await this.manager.delete(LoggedModelTagEntity, { modelId, key });
    return (result.affected ?? 0) > 0;
  }

  async addParams(modelId: string, params: readonly Tag[]): Promise<void> {
    const rows = uniqueTags(params).map((param) => ({ modelId, ...param }));
    if (rows.length > 0)
      await this.manager.createQueryBuilder().insert().into(LoggedModelParamEntity).values(rows).orIgnore().execute();
  }

  async addMetrics(run: RunInfo, metrics: readonly Metric[]): Promise<void> {
    if (metrics.length === 0) return;
    const ids = [...new Set(metrics.flatMap(({ modelId }) => modelId ?? []))];
    const known = new Set(
      (await this.manager.findBy(LoggedModelEntity, { modelId: Any(ids) })).map(({ modelId }) => modelId),
    );
    const unknown = ids.find((id) => !known.has(id));
    if (unknown !== undefined) throw notFound(`Logged model with ID '${unknown}' not found.`);
    await this.manager.query(
      `INSERT INTO logged_model_metrics (run_id, model_id, key, value, timestamp_ms, step, dataset_name, dataset_digest)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::float8[], $5::bigint[], $6::bigint[], $7::text[], $8::text[])
       ON CONFLICT DO NOTHING`,
      [
        run.runId,
        metrics.map(({ modelId }) => modelId),
        metrics.map(({ key }) => key),
        metrics.map(({ value }) => value),
        metrics.map(({ timestampMs }) => timestampMs),
        metrics.map(({ step }) => step),
        metrics.map(({ datasetName }) => datasetName ?? ''),
        metrics.map(({ datasetDigest }) => datasetDigest ?? ''),
      ],
    );
  }

  async search(query: SearchQuery): Promise<SearchPage<LoggedModel>> {
    const page = await searchRows<{ model_id: string }>(this.manager, TABLE, query);
    return { items: await this.load(page.items.map((row) => row.model_id)), next: page.next };
  }

  private async load(ids: readonly string[]): Promise<LoggedModel[]> {
    if (ids.length === 0) return [];
    const where = { modelId: Any([...ids]) };
    const inKeyOrder = { where, order: { key: 'ASC' } } as const;
    const rows = await this.manager.findBy(LoggedModelEntity, where);
    const tagsOf = groupRows(await this.manager.find(LoggedModelTagEntity, inKeyOrder), (tag) => tag.modelId);
    const paramsOf = groupRows(await this.manager.find(LoggedModelParamEntity, inKeyOrder), (param) => param.modelId);
    const metricsOf = groupRows(await this.latestMetrics(ids), (metric) => metric.model_id);
    const registrationsOf = groupRows(await this.registrations(ids), (row) => row.model_id);
    const byId = new Map(rows.map((row) => [row.modelId, row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      if (!row) return [];
      return [
        {
          ...row,
          experimentId: String(row.experimentId),
          sourceRunId: row.sourceRunId ?? undefined,
          tags: tagsOf(id).map(({ key, value }) => ({ key, value })),
          params: paramsOf(id).map(({ key, value }) => ({ key, value })),
          metrics: metricsOf(id).map(toMetric),
          registrations: registrationsOf(id).map(({ name, version }) => ({ name, version })),
        },
      ];
    });
  }

  private latestMetrics(ids: readonly string[]): Promise<MetricRow[]> {
    return this.manager.query(
      `SELECT DISTINCT ON (x.model_id, x.key, x.dataset_name, x.dataset_digest) x.*
       FROM logged_model_metrics x WHERE x.model_id = ANY($1)
       ORDER BY x.model_id, x.key, x.dataset_name, x.dataset_digest, ${NEWEST_FIRST}`,
      [ids],
    );
  }

  private registrations(ids: readonly string[]): Promise<RegistrationRow[]> {
    return this.manager.query(
      `SELECT model_id, name, version FROM model_versions WHERE model_id = ANY($1) ORDER BY name COLLATE "C", version`,
      [ids],
    );
  }
}

function toMetric(row: MetricRow): LoggedModelMetric {
  return {
    key: row.key,
    value: row.value,
    timestampMs: Number(row.timestamp_ms),
    step: Number(row.step),
    modelId: row.model_id,
    runId: row.run_id,
    datasetName: row.dataset_name || undefined,
    datasetDigest: row.dataset_digest || undefined,
  };
}
