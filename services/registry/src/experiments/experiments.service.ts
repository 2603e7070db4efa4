import { Injectable } from '@nestjs/common';
import { invalidInput, notFound } from '@fraudflow/core';
import type { AuditEntry } from '../journal/journal.port.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { runSearch, type SearchRequest, type TokenPage } from '../search/search-request.js';
import { attributeIn } from '../search/search-subject.js';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import type { Tag } from '../validation/keys.js';
import { lifecyclesIn, type LifecycleStage, type ViewType } from '../validation/lifecycle.js';
import { checkArtifactLocation, checkExperimentName, checkExperimentTag } from './experiment-rules.js';
import { experimentSearch } from './experiment-search.js';
import type { Experiment } from './experiment.js';

const MAX_SEARCH_RESULTS = 50_000;

export interface ExperimentDraft {
  readonly name: string;
  readonly artifactLocation?: string | undefined;
  readonly tags: readonly Tag[];
}

@Injectable()
export class ExperimentsService {
  constructor(
    private readonly store: RegistryStore,
    private readonly clock: RegistryClock,
  ) {}

  /** @returns the new id. @throws AppError conflict if the name was ever used, even by a deleted experiment. */
  async create(draft: ExperimentDraft, actor: string): Promise<string> {
    checkExperimentName(draft.name);
    if (draft.artifactLocation !== undefined) checkArtifactLocation(draft.artifactLocation);
    draft.tags.forEach(checkExperimentTag);
    const nowMs = this.clock.nowMs();
    return this.store.write(async (unit) => {
      const { experimentId } = await unit.experiments.insert({
        name: draft.name,
        artifactLocation: draft.artifactLocation,
        lifecycleStage: 'active',
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        tags: draft.tags,
      });
      await this.audit(unit, experimentId, { actor, action: 'created', detail: { name: draft.name } });
      return experimentId;
    });
  }

  get(experimentId: string): Promise<Experiment> {
    return this.store.read((unit) => requireExperiment(unit, experimentId));
  }

  async getByName(name: string): Promise<Experiment> {
    const found = await this.store.read((unit) => unit.experiments.findByName(name));
    if (!found) throw notFound(`Could not find experiment with name '${name}'`);
    return found;
  }

  search(request: SearchRequest, view: ViewType): Promise<TokenPage<Experiment>> {
    const clauses = [attributeIn('lifecycle_stage', lifecyclesIn(view))];
    return runSearch(request, { subject: experimentSearch, limit: MAX_SEARCH_RESULTS, clauses }, (query) =>
      this.store.read((unit) => unit.experiments.search(query)),
    );
  }

  async rename(experimentId: string, newName: string, actor: string): Promise<void> {
    checkExperimentName(newName);
    await this.store.write(async (unit) => {
      const experiment = await requireActiveExperiment(unit, experimentId);
      await unit.experiments.save({ ...experiment, name: newName, updatedAtMs: this.clock.nowMs() });
      await this.audit(unit, experimentId, {
        actor,
        action: 'renamed',
        detail: { from: experiment.name, to: newName },
      });
    });
  }

  delete(experimentId: string, actor: string): Promise<void> {
    return this.move(experimentId, 'active', 'deleted', actor);
  }

  restore(experimentId: string, actor: string): Promise<void> {
    return this.move(experimentId, 'deleted', 'active', actor);
  }

  async setTag(experimentId: string, tag: Tag): Promise<void> {
    checkExperimentTag(tag);
    await this.store.write(async (unit) => {
      await requireActiveExperiment(unit, experimentId);
      await unit.experiments.setTag(experimentId, tag);
    });
  }

  async deleteTag(experimentId: string, key: string): Promise<void> {
    await this.store.write(async (unit) => {
      await requireActiveExperiment(unit, experimentId);
      const existed = await unit.experiments.deleteTag(experimentId, key);
      if (!existed) throw notFound(`No tag with name: ${key} in experiment with id ${experimentId}`);
    });
  }

  private async move(experimentId: string, from: LifecycleStage, to: LifecycleStage, actor: string): Promise<void> {
    await this.store.write(async (unit) => {
      const experiment = await requireExperiment(unit, experimentId);
      if (experiment.lifecycleStage !== from) throw notFound(`No ${from} Experiment with id=${experimentId} exists`);
      await unit.experiments.save({ ...experiment, lifecycleStage: to, updatedAtMs: this.clock.nowMs() });
      const action = to === 'deleted' ? 'deleted' : 'restored';
      await this.audit(unit, experimentId, { actor, action, detail: { name: experiment.name } });
    });
  }

  private audit(unit: RegistryUnit, experimentId: string, change: Change): Promise<void> {
    return unit.journal.audit({
      ...change,
      subjectKind: 'experiment',
      subject: experimentId,
      atMs: this.clock.nowMs(),
    });
  }
}

type Change = Pick<AuditEntry, 'actor' | 'action' | 'detail'>;

/** @throws AppError not_found. */
export async function requireExperiment(unit: RegistryUnit, experimentId: string): Promise<Experiment> {
  if (!/^\d{1,18}$/.test(experimentId)) throw invalidInput(`Invalid experiment ID: ${JSON.stringify(experimentId)}`);
  const found = await unit.experiments.find(experimentId);
  if (!found) throw notFound(`No Experiment with id=${experimentId} exists`);
  return found;
}

/** @throws AppError not_found; invalid_input for a deleted experiment. */
export async function requireActiveExperiment(unit: RegistryUnit, experimentId: string): Promise<Experiment> {
  const experiment = await requireExperiment(unit, experimentId);
  if (experiment.lifecycleStage === 'active') return experiment;
  throw invalidInput(
    `The experiment ${experimentId} must be in the 'active' state. Current state is ${experiment.lifecycleStage}.`,
  );
}
