import { searchInMemory } from '../../src/search/in-memory-search.js';
import type { FieldKind, SearchPage, SearchQuery } from '../../src/search/search-subject.js';
import { type MemoryTables, valuesOf, withTags } from './memory-tables.js';
import type { Tag } from '../../src/validation/keys.js';
import type { LifecycleStage } from '../../src/validation/lifecycle.js';
import type { RunChanges, RunRepository } from '../../src/entities/run.repository.js';
import { DATASET_CONTEXT_TAG, type DatasetInput, type Run, type RunInfo } from '../../src/entities/run.js';

export class InMemoryRunRepository implements RunRepository {
  constructor(private readonly tables: MemoryTables) {}

  async insert(info: RunInfo, tags: readonly Tag[]): Promise<void> {
    const nothing = { metrics: [], params: [], datasetInputs: [], modelInputs: [], modelOutputs: [] };
    const run = { info, tags: withTags([], tags), ...nothing, isDeletedWithExperiment: false };
    this.tables.runs.set(info.runId, run);
  }

  async find(runId: string): Promise<Run | undefined> {
    return this.tables.runs.get(runId);
  }

  async findInfo(runId: string): Promise<RunInfo | undefined> {
    return this.tables.runs.get(runId)?.info;
  }

  lockInfo(runId: string): Promise<RunInfo | undefined> {
    // No lock is needed, because the store serialises writes.
    return this.findInfo(runId);
  }

  async update(runId: string, changes: RunChanges): Promise<void> {
    const found = this.tables.runs.get(runId);
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    if (found) this.tables.runs.set(runId, { ...found, info: { ...found.info, ...given } });
  }

  async moveTo(runId: string, stage: LifecycleStage): Promise<void> {
    this.move(runId, stage, false);
  }

  async deleteWithExperiment(experimentId: string): Promise<void> {
    for (const { info } of this.tables.runs.values()) {
      const isAffected = info.experimentId === experimentId && info.lifecycleStage === 'active';
      if (isAffected) this.move(info.runId, 'deleted', true);
    }
  }

  async restoreWithExperiment(experimentId: string): Promise<void> {
    for (const { info, isDeletedWithExperiment } of this.tables.runs.values()) {
      if (info.experimentId === experimentId && isDeletedWithExperiment) this.move(info.runId, 'active', false);
    }
  }

  async search(query: SearchQuery): Promise<SearchPage<Run>> {
    return searchInMemory([...this.tables.runs.values()], query, readField);
  }

  private move(runId: string, lifecycleStage: LifecycleStage, isDeletedWithExperiment: boolean): void {
    const found = this.tables.runs.get(runId);
    if (!found) return;
    this.tables.runs.set(runId, { ...found, info: { ...found.info, lifecycleStage }, isDeletedWithExperiment });
  }
}

function readField(run: Run, kind: FieldKind, key: string): readonly (string | number)[] {
  switch (kind) {
    case 'tag':
      return valuesOf(run.tags, key);
    case 'param':
      return valuesOf(run.params, key);
    case 'metric':
      return run.metrics.filter((metric) => metric.key === key).map(({ value }) => value);
    case 'dataset':
      return run.datasetInputs.flatMap((input) => datasetField(input, key));
    case 'attribute':
      return attribute(run.info, key);
  }
}

function datasetField({ dataset, tags }: DatasetInput, key: string): readonly string[] {
  if (key === 'name') return [dataset.name];
  return key === 'digest' ? [dataset.digest] : valuesOf(tags, DATASET_CONTEXT_TAG);
}

function attribute(info: RunInfo, key: string): readonly (string | number)[] {
  const attributes: Readonly<Record<string, string | number | undefined>> = {
    run_id: info.runId,
    run_name: info.runName,
    user_id: info.userId,
    status: info.status,
    artifact_uri: info.artifactUri,
    start_time: info.startedAtMs,
    end_time: info.endedAtMs,
    experiment_id: info.experimentId,
    lifecycle_stage: info.lifecycleStage,
  };
  const value = attributes[key];
  return value === undefined ? [] : [value];
}
