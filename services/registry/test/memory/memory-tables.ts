import type { ModelEvent } from '@fraudflow/contracts';
import type { Experiment } from '../../src/entities/experiment.js';
import type { AuditEntry } from '../../src/journal/journal.port.js';
import type { LoggedModelMetric } from '../../src/entities/logged-model.js';
import type { NewLoggedModel } from '../../src/entities/logged-model.repository.js';
import type { NewModelVersion } from '../../src/entities/model-version.repository.js';
import type { Alias } from '../../src/entities/registered-model.js';
import type { NewRegisteredModel } from '../../src/entities/registered-model.repository.js';
import type { Metric, Run } from '../../src/entities/run.js';
import type { Tag } from '../../src/validation/keys.js';

export interface MemoryRun extends Run {
  readonly isDeletedWithExperiment: boolean;
}

export interface MemoryLoggedModel extends NewLoggedModel {
  readonly metricRows: readonly LoggedModelMetric[];
}

export interface MemoryRegisteredModel extends NewRegisteredModel {
  readonly aliases: readonly Alias[];
  readonly lastVersion: number;
}

/** The registry as plain maps. Rows are never changed in place, so a shallow copy is a snapshot. */
export interface MemoryTables {
  nextExperimentId: number;
  experiments: Map<string, Experiment>;
  runs: Map<string, MemoryRun>;
  /** By run id and key. */
  metricHistory: Map<string, readonly Metric[]>;
  loggedModels: Map<string, MemoryLoggedModel>;
  registeredModels: Map<string, MemoryRegisteredModel>;
  /** By `name/version`. */
  modelVersions: Map<string, NewModelVersion>;
  audit: readonly AuditEntry[];
  outbox: readonly ModelEvent[];
}

export function emptyTables(nowMs: number): MemoryTables {
  const defaultExperiment: Experiment = {
    experimentId: '0',
    name: 'Default',
    artifactLocation: 'mlflow-artifacts:/0',
    lifecycleStage: 'active',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    tags: [],
  };
  return {
    nextExperimentId: 1,
    experiments: new Map([['0', defaultExperiment]]),
    runs: new Map(),
    metricHistory: new Map(),
    loggedModels: new Map(),
    registeredModels: new Map(),
    modelVersions: new Map(),
    audit: [],
    outbox: [],
  };
}

export function copyTables(tables: MemoryTables): MemoryTables {
  return {
    ...tables,
    experiments: new Map(tables.experiments),
    runs: new Map(tables.runs),
    metricHistory: new Map(tables.metricHistory),
    loggedModels: new Map(tables.loggedModels),
    registeredModels: new Map(tables.registeredModels),
    modelVersions: new Map(tables.modelVersions),
  };
}

/** Tags with these set, in key order. */
export function withTags(tags: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const byKey = new Map([...tags, ...added].map(({ key, value }) => [key, { key, value }]));
  return [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

export function withoutTag(tags: readonly Tag[], key: string): readonly Tag[] {
  return tags.filter((tag) => tag.key !== key);
}

/** A tag's value as search reads it: a list of at most one. */
export function valuesOf(tags: readonly Tag[], key: string): readonly string[] {
  return tags.filter((tag) => tag.key === key).map((tag) => tag.value);
}
