import type { EntityManager } from 'typeorm';
import type { RunStatus } from '@fraudflow/contracts/mlflow/run';
import type { Tag } from '../../validation/keys.js';
import type { LifecycleStage } from '../../validation/lifecycle.js';
import type { Dataset, Metric, Run } from '../../entities/run.js';

/** Maximum length of a schema or profile in search results; `runs/get` returns longer ones. */
const MAX_LISTED_CHARACTERS = 16_384;

const METRIC_FIELDS = `'key', key, 'value', value::text, 'timestampMs', timestamp_ms, 'step', step,
  'modelId', model_id, 'datasetName', dataset_name, 'datasetDigest', dataset_digest`;

/** Reads runs with all their records in one statement; `$1` is the list of their ids. */
const runsStatement = (long: (column: string) => string): string => `
  SELECT r.run_id, r.experiment_id, r.run_name, r.user_id, r.status, r.started_at_ms, r.ended_at_ms, r.artifact_uri, r.lifecycle_stage,
    (SELECT json_agg(json_build_object('key', key, 'value', value) ORDER BY key COLLATE "C") FROM run_tags WHERE run_id = r.run_id) AS tags,
    (SELECT json_agg(json_build_object('key', key, 'value', value) ORDER BY key COLLATE "C") FROM run_params WHERE run_id = r.run_id) AS params,
    (SELECT json_agg(json_build_object(${METRIC_FIELDS}) ORDER BY key COLLATE "C") FROM run_latest_metrics WHERE run_id = r.run_id) AS metrics,
    (SELECT json_agg(json_build_object('name', name, 'digest', digest, 'sourceType', source_type, 'source', source,
      'schema', ${long('schema')}, 'profile', ${long('profile')}, 'tags', tags) ORDER BY name COLLATE "C", digest COLLATE "C")
      FROM run_datasets WHERE run_id = r.run_id) AS datasets,
    (SELECT json_agg(json_build_object('modelId', model_id, 'direction', direction, 'step', step) ORDER BY model_id COLLATE "C")
      FROM run_models WHERE run_id = r.run_id) AS models
  FROM runs r WHERE r.run_id = ANY($1)`;

const WHOLE_RUNS = runsStatement((column) => column);
const LISTED_RUNS = runsStatement(
  (column) => `CASE WHEN length(${column}) <= ${MAX_LISTED_CHARACTERS} THEN ${column} END`,
);

interface RunRow {
  readonly run_id: string;
  readonly experiment_id: string;
  readonly run_name: string;
  readonly user_id: string;
  readonly status: RunStatus;
  readonly started_at_ms: string;
  readonly ended_at_ms: string | null;
  readonly artifact_uri: string;
  readonly lifecycle_stage: LifecycleStage;
  readonly tags: readonly Tag[] | null;
  readonly params: readonly Tag[] | null;
  readonly metrics: readonly MetricRow[] | null;
  readonly datasets: readonly (Nullable<Dataset> & { readonly tags: readonly Tag[] })[] | null;
  readonly models: readonly ModelRow[] | null;
}

type Nullable<T> = { readonly [Field in keyof T]: undefined extends T[Field] ? T[Field] | null : T[Field] };
/** The value is text because JSON has no NaN. */
type MetricRow = Nullable<Omit<Metric, 'value'>> & { readonly value: string };
interface ModelRow {
  readonly modelId: string;
  readonly direction: 'input' | 'output';
  readonly step: number;
}

/**
 * Runs with all their records, in the order of the ids; unknown ids are omitted.
 * @param isListing true omits long schemas and profiles of data sets, which may take gigabytes in a page of runs
 */
export async function loadRuns(manager: EntityManager, ids: readonly string[], isListing: boolean): Promise<Run[]> {
  if (ids.length === 0) return [];
  const rows: RunRow[] = await manager.query(isListing ? LISTED_RUNS : WHOLE_RUNS, [ids]);
  const byId = new Map(rows.map((row) => [row.run_id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? [toRun(row)] : [];
  });
}

function toRun(row: RunRow): Run {
  const models = row.models ?? [];
  return {
    info: {
      runId: row.run_id,
      experimentId: row.experiment_id,
      runName: row.run_name,
      userId: row.user_id,
      status: row.status,
      startedAtMs: Number(row.started_at_ms),
      endedAtMs: row.ended_at_ms === null ? undefined : Number(row.ended_at_ms),
      artifactUri: row.artifact_uri,
      lifecycleStage: row.lifecycle_stage,
    },
    metrics: (row.metrics ?? []).map(toMetric),
    params: row.params ?? [],
    tags: row.tags ?? [],
    datasetInputs: (row.datasets ?? []).map(({ tags, schema, profile, ...dataset }) => ({
      dataset: { ...dataset, schema: schema ?? undefined, profile: profile ?? undefined },
      tags,
    })),
    modelInputs: models.filter(({ direction }) => direction === 'input').map(({ modelId }) => modelId),
    modelOutputs: models
      .filter(({ direction }) => direction === 'output')
      .map(({ modelId, step }) => ({ modelId, step })),
  };
}

function toMetric({ key, value, timestampMs, step, modelId, datasetName, datasetDigest }: MetricRow): Metric {
  return {
    key,
    value: Number(value),
    timestampMs,
    step,
    modelId: modelId ?? undefined,
    datasetName: datasetName ?? undefined,
    datasetDigest: datasetDigest ?? undefined,
  };
}
