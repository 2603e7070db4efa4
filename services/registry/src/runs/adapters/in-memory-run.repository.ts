import { searchInMemory } from '../../search/in-memory-search.js';
import type { FieldKind, SearchPage, SearchQuery } from '../../search/search-subject.js';
import { type MemoryTables, valuesOf, withTags } from '../../storage/adapters/memory-tables.js';
import type { Tag } from '../../validation/keys.js';
import type { RunRepository } from '../run.repository.js';
import { DATASET_CONTEXT_TAG, type DatasetInput, type Run, type RunInfo } from '../run.js';

export class InMemoryRunRepository implements RunRepository {
  constructor(private readonly tables: MemoryTables) {}

  async insert(info: RunInfo, tags: readonly Tag[]): Promise<void> {
    const nothing = { metrics: [], params: [], datasetInputs: [], modelInputs: [], modelOutputs: [] };
    this.tables.runs.set(info.runId, { info, tags: withTags([], tags), ...nothing });
  }

  async find(runId: string): Promise<Run | undefined> {
    return this.tables.runs.get(runId);
  }

  async findInfo(runId: string): Promise<RunInfo | undefined> {
    return this.tables.runs.get(runId)?.info;
  }

  async save(info: RunInfo): Promise<void> {
    const found = this.tables.runs.get(info.runId);
    if (found) this.tables.runs.set(info.runId, { ...found, info });
  }

  async search(query: SearchQuery): Promise<SearchPage<Run>> {
    return searchInMemory([...this.tables.runs.values()], query, readField);
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
