import { Injectable } from '@nestjs/common';
import type { ViewType } from '@fraudflow/contracts/mlflow/fields';
import { invalidInput, notFound } from '@fraudflow/core';
import type { AuditEntry } from '../journal/journal.port.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { runSearch, type SearchRequest, type TokenPage } from '../search/search-request.js';
import { attributeIn } from '../search/search-subject.js';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import type { Tag } from '../validation/keys.js';
import { lifecyclesIn, type LifecycleStage } from '../validation/lifecycle.js';
import { checkArtifactLocation, checkExperimentName, checkExperimentTag } from './experiment-rules.js';
import { experimentSearch } from './experiment-search.js';
import type { Experiment } from '../entities/experiment.js';

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

  /** @returns the new id. @throws AppError conflict if an experiment, also a deleted one, has the name */
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
      const experiment = requireActive(await lockExperiment(unit, experimentId));
      await unit.experiments.rename(experimentId, newName, this.clock.nowMs());
      await this.audit(unit, experimentId, {
        actor,
        action: 'renamed',
        detail: { from: experiment.name, to: newName },
      });
    });
  }

  /** Deletes the experiment and its active runs. */
  delete(experimentId: string, actor: string): Promise<void> {
    return this.move(experimentId, 'active', 'deleted', actor);
  }

  /** Restores the experiment and the runs that were deleted with it. */
  restore(experimentId: string, actor: string): Promise<void> {
    return this.move(experimentId, 'deleted', 'active', actor);
  }

  async setTag(experimentId: string, tag: Tag): Promise<void> {
    checkExperimentTag(tag);
    await this.store.write(async (unit) => {
      requireActive(await lockExperiment(unit, experimentId));
      await unit.experiments.setTag(experimentId, tag);
    });
  }

  async deleteTag(experimentId: string, key: string): Promise<void> {
    await this.store.write(async (unit) => {
      requireActive(await lockExperiment(unit, experimentId));
      const existed = await unit.experiments.deleteTag(experimentId, key);
      if (!existed) throw notFound(`No tag with name: ${key} in experiment with id ${experimentId}`);
    });
  }

  private async move(experimentId: string, from: LifecycleStage, to: LifecycleStage, actor: string): Promise<void> {
    await this.store.write(async (unit) => {
      const experiment = await lockExperiment(unit, experimentId);
      if (experiment.lifecycleStage !== from) throw notFound(`No ${from} Experiment with id=${experimentId} exists`);
      await unit.experiments.moveTo(experimentId, to, this.clock.nowMs());
      if (to === 'deleted') await unit.runs.deleteWithExperiment(experimentId);
      else await unit.runs.restoreWithExperiment(experimentId);
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

/** @throws AppError not_found; invalid_input for a text that is not an id */
export async function requireExperiment(unit: RegistryUnit, experimentId: string): Promise<Experiment> {
  checkExperimentId(experimentId);
  return found(await unit.experiments.find(experimentId), experimentId);
}

/**
 * The experiment in which a run or model is created. It cannot be deleted until this transaction ends.
 * @throws AppError not_found; invalid_input for a deleted experiment
 */
export async function requireActiveExperiment(unit: RegistryUnit, experimentId: string): Promise<Experiment> {
  checkExperimentId(experimentId);
  return requireActive(found(await unit.experiments.lock(experimentId, 'shared'), experimentId));
}

async function lockExperiment(unit: RegistryUnit, experimentId: string): Promise<Experiment> {
  checkExperimentId(experimentId);
  return found(await unit.experiments.lock(experimentId, 'exclusive'), experimentId);
}

function checkExperimentId(experimentId: string): void {
  if (/^\d{1,18}$/.test(experimentId)) return;
  throw invalidInput(`Invalid experiment ID: ${JSON.stringify(experimentId.slice(0, 100))}. It must be a whole number`);
}

function found(experiment: Experiment | undefined, experimentId: string): Experiment {
  if (experiment) return experiment;
  throw notFound(`No Experiment with id=${experimentId} exists`);
}

function requireActive(experiment: Experiment): Experiment {
  if (experiment.lifecycleStage === 'active') return experiment;
  throw invalidInput(
    `The experiment ${experiment.experimentId} must be in the 'active' state. Current state is ${experiment.lifecycleStage}.`,
  );
}
