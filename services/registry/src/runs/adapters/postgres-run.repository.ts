import type { EntityManager } from 'typeorm';
import type { SearchPage, SearchQuery } from '../../search/search-subject.js';
import { searchRows, type SearchTable } from '../../storage/adapters/sql/search-sql.js';
import { type Tag, uniqueTags } from '../../validation/keys.js';
import type { LifecycleStage } from '../../validation/lifecycle.js';
import type { RunChanges, RunRepository } from '../../entities/run.repository.js';
import type { Run, RunInfo } from '../../entities/run.js';
import { loadRuns } from './load-runs.js';
import { RunEntity, RunTagEntity } from './run.entity.js';

const DATASET_FIELDS = `(VALUES ('name', x.name), ('digest', x.digest), ('context', x.context)) f(key, value)`;

/** Mapping of the search fields of runs to SQL. */
export const RUN_TABLE: SearchTable = {
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
    experiment_id: 't.experiment_id',
    lifecycle_stage: 't.lifecycle_stage',
  },
  numbers: ['start_time', 'end_time'],
  nullable: ['end_time'],
  listTypes: { experiment_id: 'bigint' },
  collections: {
    tag: {
      from: 'run_tags x',
      owner: 'x.run_id = t.run_id',
      key: 'x.key = $key',
      value: 'x.value',
      isIndexedByPrefix: true,
    },
    param: {
      from: 'run_params x',
      owner: 'x.run_id = t.run_id',
      key: 'x.key = $key',
      value: 'x.value',
      isIndexedByPrefix: true,
    },
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
    await this.manager.insert(
      RunTagEntity,
      uniqueTags(tags).map((tag) => ({ runId: info.runId, ...tag })),
    );
  }

  async find(runId: string): Promise<Run | undefined> {
    return (await loadRuns(this.manager, [runId], false))[0];
  }

  async findInfo(runId: string): Promise<RunInfo | undefined> {
    const row = await this.manager.findOneBy(RunEntity, { runId });
    return row ? toInfo(row) : undefined;
  }

  async lockInfo(runId: string): Promise<RunInfo | undefined> {
    const lock = { mode: 'for_no_key_update' } as const;
    const row = await this.manager.findOne(RunEntity, { where: { runId }, lock });
    return row ? toInfo(row) : undefined;
  }

  async update(runId: string, { runName, status, endedAtMs }: RunChanges): Promise<void> {
    const columns = {
      ...(runName === undefined ? {} : { runName }),
      ...(status === undefined ? {} : { status }),
      ...(endedAtMs === undefined ? {} : { endedAtMs }),
    };
    if (Object.keys(columns).length > 0) await this.manager.update(RunEntity, { runId }, columns);
  }

  async moveTo(runId: string, stage: LifecycleStage): Promise<void> {
    await this.manager.update(RunEntity, { runId }, { lifecycleStage: stage, isDeletedWithExperiment: false });
  }

  async deleteWithExperiment(experimentId: string): Promise<void> {
    const where = { experimentId: Number(experimentId), lifecycleStage: 'active' } as const;
    await this.manager.update(RunEntity, where, { lifecycleStage: 'deleted', isDeletedWithExperiment: true });
  }

  async restoreWithExperiment(experimentId: string): Promise<void> {
    const where = { experimentId: Number(experimentId), isDeletedWithExperiment: true };
    await this.manager.update(RunEntity, where, { lifecycleStage: 'active', isDeletedWithExperiment: false });
  }

  async search(query: SearchQuery): Promise<SearchPage<Run>> {
    const page = await searchRows<{ run_id: string }>(this.manager, RUN_TABLE, query);
    const ids = page.items.map((row) => row.run_id);
    return { items: await loadRuns(this.manager, ids, true), next: page.next };
  }
}

function toRow(info: RunInfo): RunEntity {
  const endedAtMs = info.endedAtMs ?? null;
  return { ...info, experimentId: Number(info.experimentId), endedAtMs, isDeletedWithExperiment: false };
}

function toInfo(row: RunEntity): RunInfo {
  const { runId, runName, userId, status, startedAtMs, artifactUri, lifecycleStage } = row;
  return {
    runId,
    experimentId: String(row.experimentId),
    runName,
    userId,
    status,
    startedAtMs,
    endedAtMs: row.endedAtMs ?? undefined,
    artifactUri,
    lifecycleStage,
  };
}
