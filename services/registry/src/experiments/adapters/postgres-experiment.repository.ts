import { type EntityManager, Any } from 'typeorm';
import { defined } from '@fraudflow/core';
import type { SearchPage, SearchQuery } from '../../search/search-subject.js';
import { groupRows } from '../../storage/adapters/sql/group-rows.js';
import { refuseDuplicate } from '../../storage/adapters/sql/postgres-errors.js';
import { searchRows, type SearchTable } from '../../storage/adapters/sql/search-sql.js';
import { type Tag, uniqueTags } from '../../validation/keys.js';
import type { LifecycleStage } from '../../validation/lifecycle.js';
import type { ExperimentRepository, NewExperiment } from '../../entities/experiment.repository.js';
import type { Experiment } from '../../entities/experiment.js';
import { ExperimentEntity, ExperimentTagEntity } from './experiment.entity.js';

const TABLE: SearchTable = {
  from: 'experiments t',
  identity: 't.experiment_id',
  attributes: {
    experiment_id: 't.experiment_id',
    name: 't.name',
    lifecycle_stage: 't.lifecycle_stage',
    creation_time: 't.created_at_ms',
    last_update_time: 't.updated_at_ms',
  },
  numbers: ['experiment_id', 'creation_time', 'last_update_time'],
  collections: {
    tag: {
      from: 'experiment_tags x',
      owner: 'x.experiment_id = t.experiment_id',
      key: 'x.key = $key',
      value: 'x.value',
    },
  },
};

export class PostgresExperimentRepository implements ExperimentRepository {
  constructor(private readonly manager: EntityManager) {}

  async insert(draft: NewExperiment): Promise<Experiment> {
    const [row]: { id: string }[] = await this.manager.query(`SELECT nextval('experiment_ids') AS id`);
    const experimentId = Number(defined(row, 'experiment id').id);
    const artifactLocation = draft.artifactLocation ?? `mlflow-artifacts:/${experimentId}`;
    const { tags, ...columns } = draft;
    await this.manager
      .insert(ExperimentEntity, { ...columns, experimentId, artifactLocation })
      .catch(refuseDuplicate(`Experiment(name=${draft.name}) already exists.`));
    const unique = uniqueTags(tags);
    await this.manager.insert(
      ExperimentTagEntity,
      unique.map((tag) => ({ experimentId, ...tag })),
    );
    return { ...draft, tags: unique, artifactLocation, experimentId: String(experimentId) };
  }

  async find(experimentId: string): Promise<Experiment | undefined> {
    return (await this.load([Number(experimentId)]))[0];
  }

  async findByName(name: string): Promise<Experiment | undefined> {
    const found = await this.manager.findOneBy(ExperimentEntity, { name });
    return found ? (await this.load([found.experimentId]))[0] : undefined;
  }

  async lock(experimentId: string, mode: 'shared' | 'exclusive'): Promise<Experiment | undefined> {
    const strength = mode === 'exclusive' ? 'NO KEY UPDATE' : 'SHARE';
    const sql = `SELECT 1 FROM experiments WHERE experiment_id = $1 FOR ${strength}`;
    await this.manager.query(sql, [Number(experimentId)]);
    return this.find(experimentId);
  }

  async rename(experimentId: string, name: string, updatedAtMs: number): Promise<void> {
    await this.manager
      .update(ExperimentEntity, { experimentId: Number(experimentId) }, { name, updatedAtMs })
      .catch(refuseDuplicate(`Experiment(name=${name}) already exists.`));
  }

  async moveTo(experimentId: string, stage: LifecycleStage, updatedAtMs: number): Promise<void> {
    const where = { experimentId: Number(experimentId) };
    await this.manager.update(ExperimentEntity, where, { lifecycleStage: stage, updatedAtMs });
  }

  async setTag(experimentId: string, tag: Tag): Promise<void> {
    const row = { experimentId: Number(experimentId), ...tag };
    await this.manager.upsert(ExperimentTagEntity, row, ['experimentId', 'key']);
  }

  async deleteTag(experimentId: string, key: string): Promise<boolean> {
    const result = await this.manager.delete(ExperimentTagEntity, { experimentId: Number(experimentId), key });
    return (result.affected ?? 0) > 0;
  }

  async search(query: SearchQuery): Promise<SearchPage<Experiment>> {
    const page = await searchRows<{ experiment_id: string }>(this.manager, TABLE, query);
    return { items: await this.load(page.items.map((row) => Number(row.experiment_id))), next: page.next };
  }

  private async load(ids: readonly number[]): Promise<Experiment[]> {
    if (ids.length === 0) return [];
    const where = { experimentId: Any([...ids]) };
    const rows = await this.manager.findBy(ExperimentEntity, where);
    const tags = await this.manager.find(ExperimentTagEntity, { where, order: { key: 'ASC' } });
    const tagsOf = groupRows(tags, (tag) => String(tag.experimentId));
    const byId = new Map(rows.map((row) => [row.experimentId, row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      if (!row) return [];
      return [{ ...row, experimentId: String(id), tags: tagsOf(String(id)).map(({ key, value }) => ({ key, value })) }];
    });
  }
}
