import type { LoggedModelStatus } from '@fraudflow/contracts/mlflow/logged-model';
import { notFound } from '@fraudflow/core';
import { isLaterMetric, type Metric, type RunInfo } from '../../src/entities/run.js';
import { searchInMemory } from '../../src/search/in-memory-search.js';
import {
  ANY_METRIC,
  type DatasetScope,
  type FieldKind,
  type SearchPage,
  type SearchQuery,
} from '../../src/search/search-subject.js';
import { type MemoryLoggedModel, type MemoryTables, valuesOf, withoutTag, withTags } from './memory-tables.js';
import type { Tag } from '../../src/validation/keys.js';
import type { LoggedModelRepository, NewLoggedModel } from '../../src/entities/logged-model.repository.js';
import type { LoggedModel, LoggedModelMetric } from '../../src/entities/logged-model.js';

export class InMemoryLoggedModelRepository implements LoggedModelRepository {
  constructor(private readonly tables: MemoryTables) {}

  async insert(model: NewLoggedModel): Promise<void> {
    const sorted = { tags: withTags([], model.tags), params: withTags([], model.params) };
    this.tables.loggedModels.set(model.modelId, { ...model, ...sorted, metricRows: [] });
  }

  async find(modelId: string): Promise<LoggedModel | undefined> {
    const row = this.tables.loggedModels.get(modelId);
    return row && this.complete(row);
  }

  async lock(): Promise<void> {
    // No lock is needed, because the store serialises writes.
  }

  async setStatus(modelId: string, status: LoggedModelStatus, updatedAtMs: number): Promise<void> {
    this.change(modelId, (row) => ({ ...row, status, updatedAtMs }));
  }

  async markDeleted(modelId: string, updatedAtMs: number): Promise<void> {
    this.change(modelId, (row) => ({ ...row, isDeleted: true, updatedAtMs }));
  }

  async setTags(modelId: string, tags: readonly Tag[]): Promise<void> {
    this.change(modelId, (row) => ({ ...row, tags: withTags(row.tags, tags) }));
  }

  async deleteTag(modelId: string, key: string): Promise<boolean> {
    const had = valuesOf(this.tables.loggedModels.get(modelId)?.tags ?? [], key).length > 0;
    this.change(modelId, (row) => ({ ...row, tags: withoutTag(row.tags, key) }));
    return had;
  }

  async addParams(modelId: string, params: readonly Tag[]): Promise<void> {
    this.change(modelId, (row) => ({ ...row, params: withTags(params, row.params) }));
  }

  async addMetrics(run: RunInfo, metrics: readonly Metric[]): Promise<void> {
    for (const metric of metrics) {
      const modelId = metric.modelId ?? '';
      if (!this.tables.loggedModels.has(modelId)) throw notFound(`Logged model with ID '${modelId}' not found.`);
      const added = { ...metric, runId: run.runId };
      this.change(modelId, (row) => ({ ...row, metricRows: [...row.metricRows, added] }));
    }
  }

  async search(query: SearchQuery): Promise<SearchPage<LoggedModel>> {
    const page = searchInMemory([...this.tables.loggedModels.values()], query, readField);
    return { items: page.items.map((row) => this.complete(row)), next: page.next };
  }

  private change(modelId: string, edit: (row: MemoryLoggedModel) => MemoryLoggedModel): void {
    const row = this.tables.loggedModels.get(modelId);
    if (row) this.tables.loggedModels.set(modelId, edit(row));
  }

  private complete({ metricRows, ...row }: MemoryLoggedModel): LoggedModel {
    const latest = new Map<string, LoggedModelMetric>();
    for (const metric of metricRows.toSorted(newestFirst)) {
      const id = JSON.stringify([metric.key, metric.datasetName, metric.datasetDigest]);
      if (!latest.has(id)) latest.set(id, metric);
    }
    const versions = [...this.tables.modelVersions.values()].filter((version) => version.modelId === row.modelId);
    const registrations = versions.map(({ name, version }) => ({ name, version }));
    const metrics = [...latest.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
    return { ...row, metrics, registrations };
  }
}

function newestFirst(a: Metric, b: Metric): number {
  return isLaterMetric(a, b) ? -1 : 1;
}

function readField(
  row: MemoryLoggedModel,
  kind: FieldKind,
  key: string,
  datasets: readonly DatasetScope[] = [],
): readonly (string | number)[] {
  if (kind === 'tag') return valuesOf(row.tags, key);
  if (kind === 'param') return valuesOf(row.params, key);
  if (kind === 'metric') {
    const rows = row.metricRows.filter(
      (metric) => (key === ANY_METRIC || metric.key === key) && isWithin(metric, datasets),
    );
    return rows.toSorted(newestFirst).map(({ value }) => value);
  }
  const attributes: Readonly<Record<string, string | number | undefined>> = {
    model_id: row.modelId,
    name: row.name,
    model_type: row.modelType,
    status: row.status,
    source_run_id: row.sourceRunId,
    creation_timestamp: row.createdAtMs,
    last_updated_timestamp: row.updatedAtMs,
    experiment_id: row.experimentId,
    is_deleted: String(row.isDeleted),
  };
  const value = attributes[key];
  return value === undefined ? [] : [value];
}

function isWithin(metric: Metric, datasets: readonly DatasetScope[]): boolean {
  const matches = ({ name, digest }: DatasetScope): boolean =>
    metric.datasetName === name && (digest === undefined || metric.datasetDigest === digest);
  return datasets.length === 0 || datasets.some(matches);
}
