import { conflict } from '@fraudflow/core';
import { searchInMemory } from '../../src/search/in-memory-search.js';
import type { FieldKind, SearchPage, SearchQuery } from '../../src/search/search-subject.js';
import { type MemoryTables, valuesOf, withoutTag, withTags } from './memory-tables.js';
import type { Tag } from '../../src/validation/keys.js';
import type { LifecycleStage } from '../../src/validation/lifecycle.js';
import type { ExperimentRepository, NewExperiment } from '../../src/entities/experiment.repository.js';
import type { Experiment } from '../../src/entities/experiment.js';

export class InMemoryExperimentRepository implements ExperimentRepository {
  constructor(private readonly tables: MemoryTables) {}

  async insert(draft: NewExperiment): Promise<Experiment> {
    await this.refuseTakenName(draft.name, undefined);
    const experimentId = String(this.tables.nextExperimentId++);
    const artifactLocation = draft.artifactLocation ?? `mlflow-artifacts:/${experimentId}`;
    const experiment = { ...draft, experimentId, artifactLocation, tags: withTags([], draft.tags) };
    this.tables.experiments.set(experimentId, experiment);
    return experiment;
  }

  async find(experimentId: string): Promise<Experiment | undefined> {
    return this.tables.experiments.get(experimentId);
  }

  async findByName(name: string): Promise<Experiment | undefined> {
    return [...this.tables.experiments.values()].find((experiment) => experiment.name === name);
  }

  lock(experimentId: string): Promise<Experiment | undefined> {
    // No lock is needed, because the store serialises writes.
    return this.find(experimentId);
  }

  async rename(experimentId: string, name: string, updatedAtMs: number): Promise<void> {
    await this.refuseTakenName(name, experimentId);
    this.change(experimentId, (experiment) => ({ ...experiment, name, updatedAtMs }));
  }

  async moveTo(experimentId: string, lifecycleStage: LifecycleStage, updatedAtMs: number): Promise<void> {
    this.change(experimentId, (experiment) => ({ ...experiment, lifecycleStage, updatedAtMs }));
  }

  async setTag(experimentId: string, tag: Tag): Promise<void> {
    this.change(experimentId, (experiment) => ({ ...experiment, tags: withTags(experiment.tags, [tag]) }));
  }

  async deleteTag(experimentId: string, key: string): Promise<boolean> {
    const had = valuesOf(this.tables.experiments.get(experimentId)?.tags ?? [], key).length > 0;
    this.change(experimentId, (experiment) => ({ ...experiment, tags: withoutTag(experiment.tags, key) }));
    return had;
  }

  async search(query: SearchQuery): Promise<SearchPage<Experiment>> {
    return searchInMemory([...this.tables.experiments.values()], query, readField);
  }

  private change(experimentId: string, edit: (experiment: Experiment) => Experiment): void {
    const found = this.tables.experiments.get(experimentId);
    if (found) this.tables.experiments.set(experimentId, edit(found));
  }

  private async refuseTakenName(name: string, exceptId: string | undefined): Promise<void> {
    const holder = await this.findByName(name);
    if (holder && holder.experimentId !== exceptId) throw conflict(`Experiment(name=${name}) already exists.`);
  }
}

function readField(experiment: Experiment, kind: FieldKind, key: string): readonly (string | number)[] {
  if (kind === 'tag') return valuesOf(experiment.tags, key);
  const attributes: Readonly<Record<string, string | number>> = {
    experiment_id: Number(experiment.experimentId),
    name: experiment.name,
    lifecycle_stage: experiment.lifecycleStage,
    creation_time: experiment.createdAtMs,
    last_update_time: experiment.updatedAtMs,
  };
  const value = attributes[key];
  return value === undefined ? [] : [value];
}
