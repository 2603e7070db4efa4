import type { Cursor, SearchPage } from '../../src/search/search-subject.js';
import { type MemoryRun, type MemoryTables, valuesOf, withoutTag, withTags } from './memory-tables.js';
import type { Tag } from '../../src/validation/keys.js';
import {
  type DatasetSummary,
  metricCursor,
  type MetricHistoryQuery,
  type MetricOfRun,
  type ParamConflict,
  type RunRecordRepository,
  type SampleQuery,
} from '../../src/entities/run-record.repository.js';
import {
  DATASET_CONTEXT_TAG,
  type DatasetInput,
  isLaterMetric,
  type Metric,
  type ModelOutput,
} from '../../src/entities/run.js';

export class InMemoryRunRecordRepository implements RunRecordRepository {
  constructor(private readonly tables: MemoryTables) {}

  async setTags(runId: string, tags: readonly Tag[]): Promise<void> {
    this.change(runId, (run) => ({ ...run, tags: withTags(run.tags, tags) }));
  }

  async getTag(runId: string, key: string): Promise<string | undefined> {
    return valuesOf(this.tables.runs.get(runId)?.tags ?? [], key)[0];
  }

  async deleteTag(runId: string, key: string): Promise<boolean> {
    const had = (await this.getTag(runId, key)) !== undefined;
    this.change(runId, (run) => ({ ...run, tags: withoutTag(run.tags, key) }));
    return had;
  }

  async addParams(runId: string, params: readonly Tag[]): Promise<readonly ParamConflict[]> {
    const stored = this.tables.runs.get(runId)?.params ?? [];
    const conflicts = params.flatMap(({ key, value }) => {
      const [storedValue] = valuesOf(stored, key);
      return storedValue === undefined || storedValue === value ? [] : [{ key, storedValue, newValue: value }];
    });
    this.change(runId, (run) => ({ ...run, params: withTags(params, run.params) }));
    return conflicts;
  }

  async addMetrics(runId: string, metrics: readonly Metric[]): Promise<void> {
    for (const metric of metrics) {
      const historyKey = `${runId}/${metric.key}`;
      const history = this.tables.metricHistory.get(historyKey) ?? [];
      if (history.some((stored) => isSamePoint(stored, metric))) continue;
      this.tables.metricHistory.set(historyKey, [...history, metric].toSorted(byTime));
      this.change(runId, (run) => ({ ...run, metrics: withLatest(run.metrics, metric) }));
    }
  }

  async metricHistory({ runId, key, after, limit }: MetricHistoryQuery): Promise<SearchPage<Metric>> {
    const history = this.tables.metricHistory.get(`${runId}/${key}`) ?? [];
    const start = after ? history.findIndex((metric) => isAfter(metric, after)) : 0;
    const items = start < 0 ? [] : history.slice(start, start + limit);
    const last = items.at(-1);
    const hasMore = last !== undefined && history.at(-1) !== last;
    return { items, next: hasMore ? metricCursor(last) : undefined };
  }

  async metricHistories(runIds: readonly string[], key: string, limit: number): Promise<readonly MetricOfRun[]> {
    return runIds
      .toSorted()
      .flatMap((runId) => this.historyOf(runId, key))
      .slice(0, limit);
  }

  async sampledHistories({ runIds, key, steps, perRun }: SampleQuery): Promise<readonly MetricOfRun[]> {
    const [first, last] = steps ?? [-Infinity, Infinity];
    return runIds.flatMap((runId) => {
      const points = this.historyOf(runId, key).filter(({ step }) => step >= first && step <= last);
      return sample(points.toSorted(byStep), perRun);
    });
  }

  async datasetsOf(experimentIds: readonly string[], limit: number): Promise<readonly DatasetSummary[]> {
    const runs = [...this.tables.runs.values()].filter(({ info }) => experimentIds.includes(info.experimentId));
    const summaries = runs.flatMap(({ info: { experimentId }, datasetInputs }) =>
      datasetInputs.map(({ dataset: { name, digest }, tags }) => {
        const [context] = valuesOf(tags, DATASET_CONTEXT_TAG);
        return { experimentId, name, digest, context };
      }),
    );
    return [...new Map(summaries.map((summary) => [JSON.stringify(summary), summary])).values()].slice(0, limit);
  }

  async addDatasetInputs(runId: string, inputs: readonly DatasetInput[]): Promise<void> {
    this.change(runId, (run) => ({ ...run, datasetInputs: addNew(run.datasetInputs, inputs, datasetId) }));
  }

  async addModelInputs(runId: string, modelIds: readonly string[]): Promise<void> {
    this.change(runId, (run) => ({ ...run, modelInputs: addNew(run.modelInputs, modelIds, (id) => id) }));
  }

  async addModelOutputs(runId: string, outputs: readonly ModelOutput[]): Promise<void> {
    this.change(runId, (run) => ({
      ...run,
      modelOutputs: addNew(run.modelOutputs, outputs, ({ modelId }) => modelId),
    }));
  }

  private historyOf(runId: string, key: string): readonly MetricOfRun[] {
    return (this.tables.metricHistory.get(`${runId}/${key}`) ?? []).map((metric) => ({ ...metric, runId }));
  }

  private change(runId: string, edit: (run: MemoryRun) => MemoryRun): void {
    const run = this.tables.runs.get(runId);
    if (run) this.tables.runs.set(runId, edit(run));
  }
}

function isAfter(metric: Metric, [timestampMs, step, value]: Cursor): boolean {
  const place = { ...metric, timestampMs: Number(timestampMs), step: Number(step), value: Number(value) };
  return byTime(metric, place) > 0;
}

function isSamePoint(a: Metric, b: Metric): boolean {
  return a.step === b.step && a.timestampMs === b.timestampMs && Object.is(a.value, b.value);
}

function byTime(a: Metric, b: Metric): number {
  return a.timestampMs - b.timestampMs || a.step - b.step || compareValues(a.value, b.value);
}

function byStep(a: Metric, b: Metric): number {
  return a.step - b.step || byTime(a, b);
}

function sample<T>(points: readonly T[], count: number): readonly T[] {
  if (points.length <= count) return points;
  const places = Array.from({ length: count - 1 }, (_, i) => Math.floor((i * points.length) / count));
  return [...places, points.length - 1].flatMap((place) => points.slice(place, place + 1));
}

/** NaN last, as in Postgres. */
function compareValues(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;
}

function withLatest(latest: readonly Metric[], metric: Metric): readonly Metric[] {
  const current = latest.find(({ key }) => key === metric.key);
  if (current && !isLaterMetric(metric, current)) return latest;
  return [...latest.filter((other) => other !== current), metric].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function datasetId({ dataset }: DatasetInput): string {
  return JSON.stringify([dataset.name, dataset.digest]);
}

function addNew<T>(stored: readonly T[], added: readonly T[], idOf: (item: T) => string): readonly T[] {
  const byId = new Map([...added, ...stored].map((item) => [idOf(item), item]));
  const ids = new Set([...stored, ...added].map(idOf));
  return [...ids].flatMap((id) => byId.get(id) ?? []);
}
