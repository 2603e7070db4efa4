import { type EntityManager, Any } from 'typeorm';
import type { SearchPage, SearchQuery } from '../../search/search-subject.js';
import { groupRows } from '../../storage/adapters/group-rows.js';
import { searchRows, type SearchTable } from '../../storage/adapters/search-sql.js';
import type { Tag } from '../../validation/keys.js';
import type { RunRepository } from '../run.repository.js';
import type { Metric, Run, RunInfo } from '../run.js';
import {
  RunDatasetEntity,
  RunEntity,
  RunLatestMetricEntity,
  RunModelEntity,
  RunParamEntity,
  RunTagEntity,
} from './run.entity.js';

const DATASET_FIELDS = `(VALUES ('name', x.name), ('digest', x.digest), ('context', x.context)) f(key, value)`;

const TABLE: SearchTable = {
  from: 'runs t',
  identity: 't.run_id',
  attributes: {
    run_id: 't.run_id',
    run_name: 't.run_name',
    user_id: 't.user_id',
    status: 't.status',
    artifact_uri: 't.artifact_uri',
    start_time: 't.started_at_ms',
    end_time: 't.ended_at_ms',
    experiment_id: 't.experiment_id::text',
    lifecycle_stage: 't.lifecycle_stage',
  },
  numbers: ['start_time', 'end_time'],
  collections: {
    tag: { from: 'run_tags x', owner: 'x.run_id = t.run_id', key: 'x.key = $key', value: 'x.value' },
    param: { from: 'run_params x', owner: 'x.run_id = t.run_id', key: 'x.key = $key', value: 'x.value' },
    metric: { from: 'run_latest_metrics x', owner: 'x.run_id = t.run_id', key: 'x.key = $key', value: 'x.value' },
    dataset: {
      from: `run_datasets x CROSS JOIN LATERAL ${DATASET_FIELDS}`,
      owner: 'x.run_id = t.run_id',
      key: 'f.key = $key',
      value: 'f.value',
    },
  },
};

export class PostgresRunRepository implements RunRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(info: RunInfo, tags: readonly Tag[]): Promise<void> {
    await this.manager.insert(RunEntity, toRow(info));
    const unique = [...new Map(tags.map((tag) => [tag.key, tag])).values()];
    await this.manager.insert(
      RunTagEntity,
      unique.map((tag) => ({ runId: info.runId, ...tag })),
    );
  }

  async find(runId: string): Promise<Run | undefined> {
    return (await this.load([runId]))[0];
  }

  async findInfo(runId: string): Promise<RunInfo | undefined> {
    const row = await this.manager.findOneBy(RunEntity, { runId });
    return row ? toInfo(row) : undefined;
  }

  async save(info: RunInfo): Promise<void> {
    const { runName, status, lifecycleStage } = info;
    const endedAtMs = info.endedAtMs ?? null;
    await this.manager.update(RunEntity, { runId: info.runId }, { runName, status, lifecycleStage, endedAtMs });
  }

  async search(query: SearchQuery): Promise<SearchPage<Run>> {
    const page = await searchRows<{ run_id: string }>(this.manager, TABLE, query);
    return { items: await this.load(page.items.map((row) => row.run_id)), hasMore: page.hasMore };
  }

  private async load(ids: readonly string[]): Promise<Run[]> {
    if (ids.length === 0) return [];
    const where = { runId: Any([...ids]) };
    const inKeyOrder = { where, order: { key: 'ASC' } } as const;
    const rows = await this.manager.findBy(RunEntity, where);
    const tagsOf = byRun(await this.manager.find(RunTagEntity, inKeyOrder));
    const paramsOf = byRun(await this.manager.find(RunParamEntity, inKeyOrder));
    const metricsOf = byRun(await this.manager.find(RunLatestMetricEntity, inKeyOrder));
    const datasetsOf = byRun(await this.manager.findBy(RunDatasetEntity, where));
    const modelsOf = byRun(await this.manager.findBy(RunModelEntity, where));
    const byId = new Map(rows.map((row) => [row.runId, row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      if (!row) return [];
      const models = modelsOf(id);
      return [
        {
          info: toInfo(row),
          metrics: metricsOf(id).map(toMetric),
          params: paramsOf(id).map(toTag),
          tags: tagsOf(id).map(toTag),
          datasetInputs: datasetsOf(id).map(toDatasetInput),
          modelInputs: models.filter(({ direction }) => direction === 'input').map(({ modelId }) => modelId),
          modelOutputs: models
            .filter(({ direction }) => direction === 'output')
            .map(({ modelId, step }) => ({ modelId, step })),
        },
      ];
    });
  }
}

function byRun<Row extends { readonly runId: string }>(rows: readonly Row[]): (runId: string) => readonly Row[] {
  return groupRows(rows, (row) => row.runId);
}

function toRow(info: RunInfo): RunEntity {
  return { ...info, experimentId: Number(info.experimentId), endedAtMs: info.endedAtMs ?? null };
}

function toInfo(row: RunEntity): RunInfo {
  return { ...row, experimentId: String(row.experimentId), endedAtMs: row.endedAtMs ?? undefined };
}

function toTag({ key, value }: Tag): Tag {
  return { key, value };
}

function toMetric(row: RunLatestMetricEntity): Metric {
  const { key, value, timestampMs, step } = row;
  return {
    key,
    value,
    timestampMs,
    step,
    modelId: row.modelId ?? undefined,
    datasetName: row.datasetName ?? undefined,
    datasetDigest: row.datasetDigest ?? undefined,
  };
}

function toDatasetInput(row: RunDatasetEntity): Run['datasetInputs'][number] {
  const { name, digest, sourceType, source, tags } = row;
  const dataset = {
    name,
    digest,
    sourceType,
    source,
    schema: row.schema ?? undefined,
    profile: row.profile ?? undefined,
  };
  return { dataset, tags };
}
