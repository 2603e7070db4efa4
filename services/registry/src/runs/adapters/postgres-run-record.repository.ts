import { type EntityManager, Any } from 'typeorm';
import type { SearchPage } from '../../search/search-subject.js';
import { type Tag, uniqueTags } from '../../validation/keys.js';
import {
  type DatasetSummary,
  metricCursor,
  type MetricHistoryQuery,
  type MetricOfRun,
  type ParamConflict,
  type RunRecordRepository,
  type SampleQuery,
} from '../../entities/run-record.repository.js';
import { DATASET_CONTEXT_TAG, type DatasetInput, type Metric, type ModelOutput } from '../../entities/run.js';
import { RunDatasetEntity, RunModelEntity, RunParamEntity, RunTagEntity } from './run.entity.js';

const METRIC_COLUMNS = 'run_id, key, value, timestamp_ms, step, model_id, dataset_name, dataset_digest';

// NaN counts as 0 among the values of one step and time.
const LATER = (a: string, b: string): string =>
  `(${a}.step, ${a}.timestamp_ms, COALESCE(NULLIF(${a}.value, 'NaN'), 0)) > (${b}.step, ${b}.timestamp_ms, COALESCE(NULLIF(${b}.value, 'NaN'), 0))`;

const ADD_METRICS = `
  WITH incoming AS (
    SELECT $1::text AS run_id, m.* FROM unnest($2::text[], $3::float8[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[])
      AS m(key, value, timestamp_ms, step, model_id, dataset_name, dataset_digest)
  ), history AS (
    INSERT INTO run_metrics (${METRIC_COLUMNS}) SELECT ${METRIC_COLUMNS} FROM incoming ON CONFLICT DO NOTHING
  )
  INSERT INTO run_latest_metrics AS latest (${METRIC_COLUMNS})
    SELECT DISTINCT ON (key) ${METRIC_COLUMNS} FROM incoming
    ORDER BY key, step DESC, timestamp_ms DESC, COALESCE(NULLIF(value, 'NaN'), 0) DESC
  ON CONFLICT (run_id, key) DO UPDATE SET
    value = excluded.value, timestamp_ms = excluded.timestamp_ms, step = excluded.step, model_id = excluded.model_id,
    dataset_name = excluded.dataset_name, dataset_digest = excluded.dataset_digest
  WHERE ${LATER('excluded', 'latest')}`;

// Selects of n points of a run the positions floor(i * n / $5) for i < $5 - 1, and the last one. A position is such a
// floor if the smallest i with i * n / $5 >= position gives a quotient below position + 1.
const SAMPLED_HISTORIES = `
  SELECT ${METRIC_COLUMNS} FROM (
    SELECT m.*, row_number() OVER (PARTITION BY run_id ORDER BY step, timestamp_ms, value) - 1 AS place,
      count(*) OVER (PARTITION BY run_id) AS total
    FROM run_metrics m
    WHERE run_id = ANY($1::text[]) AND key = $2
      AND step >= COALESCE($3::bigint, step) AND step <= COALESCE($4::bigint, step)
  ) points
  WHERE total <= $5::bigint OR place = total - 1
    OR ((place * $5 + total - 1) / total <= $5 - 2 AND (place * $5 + total - 1) / total * total < (place + 1) * $5)
  ORDER BY array_position($1::text[], run_id), step, timestamp_ms, value`;

interface MetricRow {
  readonly run_id: string;
  readonly key: string;
  readonly value: number;
  readonly timestamp_ms: string;
  readonly step: string;
  readonly model_id: string | null;
  readonly dataset_name: string | null;
  readonly dataset_digest: string | null;
}

export class PostgresRunRecordRepository implements RunRecordRepository {
  constructor(private readonly manager: EntityManager) {}

  async setTags(runId: string, tags: readonly Tag[]): Promise<void> {
    const rows = uniqueTags(tags).map((tag) => ({ runId, ...tag }));
    if (rows.length > 0) await this.manager.upsert(RunTagEntity, rows, ['runId', 'key']);
  }

  async getTag(runId: string, key: string): Promise<string | undefined> {
    return (await this.manager.findOneBy(RunTagEntity, { runId, key }))?.value;
  }

  async deleteTag(runId: string, key: string): Promise<boolean> {
    const result = await this.manager.delete(RunTagEntity, { runId, key });
    return (result.affected ?? 0) > 0;
  }

  async addParams(runId: string, params: readonly Tag[]): Promise<readonly ParamConflict[]> {
    if (params.length === 0) return [];
    await this.manager
      .createQueryBuilder()
      .insert()
      .into(RunParamEntity)
      .values(uniqueTags(params).map((param) => ({ runId, ...param })))
      .orIgnore()
      .execute();
    const stored = await this.manager.findBy(RunParamEntity, { runId, key: Any(params.map(({ key }) => key)) });
    const valueOf = new Map(stored.map(({ key, value }) => [key, value]));
    return params.flatMap(({ key, value }) => {
      const storedValue = valueOf.get(key) ?? value;
      return storedValue === value ? [] : [{ key, storedValue, newValue: value }];
    });
  }

  async addMetrics(runId: string, metrics: readonly Metric[]): Promise<void> {
    if (metrics.length === 0) return;
    await this.manager.query(ADD_METRICS, [
      runId,
      metrics.map(({ key }) => key),
      metrics.map(({ value }) => value),
      metrics.map(({ timestampMs }) => timestampMs),
      metrics.map(({ step }) => step),
      metrics.map(({ modelId }) => modelId ?? null),
      metrics.map(({ datasetName }) => datasetName ?? null),
      metrics.map(({ datasetDigest }) => datasetDigest ?? null),
    ]);
  }

  async metricHistory({ runId, key, after, limit }: MetricHistoryQuery): Promise<SearchPage<Metric>> {
    const isAfter = after ? 'AND (timestamp_ms, step, value) > ($4::bigint, $5::bigint, $6::float8)' : '';
    const rows: MetricRow[] = await this.manager.query(
      `SELECT ${METRIC_COLUMNS} FROM run_metrics WHERE run_id = $1 AND key = $2 ${isAfter}
       ORDER BY timestamp_ms, step, value LIMIT $3`,
      [runId, key, limit + 1, ...(after ?? [])],
    );
    const items = rows.slice(0, limit).map(toMetric);
    const last = items.at(-1);
    return { items, next: rows.length > limit && last ? metricCursor(last) : undefined };
  }

  async metricHistories(runIds: readonly string[], key: string, limit: number): Promise<readonly MetricOfRun[]> {
    const rows: MetricRow[] = await this.manager.query(
      `SELECT ${METRIC_COLUMNS} FROM run_metrics WHERE run_id = ANY($1) AND key = $2
       ORDER BY run_id COLLATE "C", timestamp_ms, step, value LIMIT $3`,
      [runIds, key, limit],
    );
    return rows.map(toMetricOfRun);
  }

  async sampledHistories({ runIds, key, steps, perRun }: SampleQuery): Promise<readonly MetricOfRun[]> {
    const [first, last] = steps ?? [null, null];
    const rows: MetricRow[] = await this.manager.query(SAMPLED_HISTORIES, [runIds, key, first, last, perRun]);
    return rows.map(toMetricOfRun);
  }

  async datasetsOf(experimentIds: readonly string[], limit: number): Promise<readonly DatasetSummary[]> {
    const rows: { experiment_id: string; name: string; digest: string; context: string | null }[] =
      await this.manager.query(
        `SELECT DISTINCT r.experiment_id, d.name, d.digest, d.context FROM runs r JOIN run_datasets d USING (run_id)
         WHERE r.experiment_id = ANY($1::bigint[]) LIMIT $2`,
        [experimentIds, limit],
      );
    return rows.map(({ experiment_id, name, digest, context }) => ({
      experimentId: experiment_id,
      name,
      digest,
      context: context ?? undefined,
    }));
  }

  async addDatasetInputs(runId: string, inputs: readonly DatasetInput[]): Promise<void> {
    const rows = inputs.map(({ dataset, tags }) => ({
      runId,
      ...dataset,
      schema: dataset.schema ?? null,
      profile: dataset.profile ?? null,
      context: tags.find(({ key }) => key === DATASET_CONTEXT_TAG)?.value ?? null,
      tags,
    }));
    if (rows.length > 0)
      await this.manager.createQueryBuilder().insert().into(RunDatasetEntity).values(rows).orIgnore().execute();
  }

  async addModelInputs(runId: string, modelIds: readonly string[]): Promise<void> {
    await this.addModels(modelIds.map((modelId) => ({ runId, modelId, direction: 'input', step: 0 })));
  }

  async addModelOutputs(runId: string, outputs: readonly ModelOutput[]): Promise<void> {
    await this.addModels(outputs.map(({ modelId, step }) => ({ runId, modelId, direction: 'output', step })));
  }

  private async addModels(rows: readonly RunModelEntity[]): Promise<void> {
    if (rows.length === 0) return;
    await this.manager
      .createQueryBuilder()
      .insert()
      .into(RunModelEntity)
      .values([...rows])
      .orIgnore()
      .execute();
  }
}

function toMetric(row: MetricRow): Metric {
  return {
    key: row.key,
    value: row.value,
    timestampMs: Number(row.timestamp_ms),
    step: Number(row.step),
    modelId: row.model_id ?? undefined,
    datasetName: row.dataset_name ?? undefined,
    datasetDigest: row.dataset_digest ?? undefined,
  };
}

function toMetricOfRun(row: MetricRow): MetricOfRun {
  return { ...toMetric(row), runId: row.run_id };
}
