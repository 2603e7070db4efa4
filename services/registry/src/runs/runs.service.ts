import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ViewType } from '@fraudflow/contracts/mlflow/fields';
import type { RunStatus } from '@fraudflow/contracts/mlflow/run';
import { invalidInput, notFound } from '@fraudflow/core';
import { requireActiveExperiment } from '../experiments/experiments.service.js';
import { runSearch as searchRuns, type SearchRequest, type TokenPage } from '../search/search-request.js';
import { attributeIn, inExperiments } from '../search/search-subject.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import { generateName } from '../validation/generated-name.js';
import type { Tag } from '../validation/keys.js';
import { lifecyclesIn, type LifecycleStage } from '../validation/lifecycle.js';
import { acceptRunTag } from './run-rules.js';
import { runSearch } from './run-search.js';
import { type Run, type RunInfo, RUN_NAME_TAG } from '../entities/run.js';

const MAX_SEARCH_RESULTS = 50_000;

export interface RunDraft {
  readonly experimentId: string;
  readonly userId: string;
  readonly runName: string;
  readonly startedAtMs: number | undefined;
  readonly tags: readonly Tag[];
}

export interface RunChange {
  readonly runId: string;
  readonly status?: RunStatus | undefined;
  readonly endedAtMs?: number | undefined;
  readonly runName?: string | undefined;
}

/** Creation, search and lifecycle of runs. RunLoggingService stores what runs log. */
@Injectable()
export class RunsService {
  constructor(
    private readonly store: RegistryStore,
    private readonly clock: RegistryClock,
  ) {}

  /** @throws AppError invalid_input for a deleted experiment, or if run_name and its tag differ */
  async create(draft: RunDraft): Promise<Run> {
    const tags = draft.tags.map((tag, index) => acceptRunTag(tag, `tags[${index}].key`));
    const runName = chooseRunName(draft.runName, tags);
    const runId = randomUUID().replaceAll('-', '');
    return this.store.write(async (unit) => {
      const experiment = await requireActiveExperiment(unit, draft.experimentId);
      const info: RunInfo = {
        runId,
        experimentId: experiment.experimentId,
        runName,
        userId: draft.userId,
        status: 'RUNNING',
        startedAtMs: draft.startedAtMs ?? this.clock.nowMs(),
        endedAtMs: undefined,
        artifactUri: `${experiment.artifactLocation.replace(/\/+$/, '')}/${runId}/artifacts`,
        lifecycleStage: 'active',
      };
      const others = tags.filter(({ key }) => key !== RUN_NAME_TAG);
      await unit.runs.insert(info, [...others, { key: RUN_NAME_TAG, value: runName }]);
      return requireRun(unit, runId);
    });
  }

  get(runId: string): Promise<Run> {
    return this.store.read((unit) => requireRun(unit, runId));
  }

  /** Changes the given columns. A new name is also stored in the tag `mlflow.runName`. */
  async update({ runId, status, endedAtMs, runName }: RunChange): Promise<RunInfo> {
    return this.store.write(async (unit) => {
      await requireActiveRun(unit, runId);
      await unit.runs.update(runId, { status, endedAtMs, runName });
      if (runName !== undefined) await unit.runRecords.setTags(runId, [{ key: RUN_NAME_TAG, value: runName }]);
      return requireRunInfo(unit, runId);
    });
  }

  delete(runId: string, actor: string): Promise<void> {
    return this.move(runId, 'deleted', actor);
  }

  /** @throws AppError invalid_input if the run is not deleted, or if its experiment is deleted */
  restore(runId: string, actor: string): Promise<void> {
    return this.move(runId, 'active', actor);
  }

  /** Runs of the given experiments; none if no experiment is given. */
  search(request: SearchRequest, experimentIds: readonly string[], view: ViewType): Promise<TokenPage<Run>> {
    const clauses = [inExperiments(experimentIds), attributeIn('lifecycle_stage', lifecyclesIn(view))];
    return searchRuns(request, { subject: runSearch, limit: MAX_SEARCH_RESULTS, clauses }, (query) =>
      this.store.read((unit) => unit.runs.search(query)),
    );
  }

  private async move(runId: string, to: LifecycleStage, actor: string): Promise<void> {
    await this.store.write(async (unit) => {
      // The experiment is locked before the run, as when an experiment is deleted with its runs.
      const { experimentId } = await requireRunInfo(unit, runId);
      if (to === 'active') await requireActiveExperiment(unit, experimentId);
      const info = requireFound(await unit.runs.lockInfo(runId), runId);
      if (to === 'active' && info.lifecycleStage === 'active') {
        throw invalidInput(`The run ${runId} must be in the 'deleted' state. Current state is active.`);
      }
      await unit.runs.moveTo(runId, to);
      const action = to === 'deleted' ? 'deleted' : 'restored';
      const detail = { experiment_id: info.experimentId };
      const atMs = this.clock.nowMs();
      await unit.journal.audit({ actor, action, subjectKind: 'run', subject: runId, detail, atMs });
    });
  }
}

function chooseRunName(runName: string, tags: readonly Tag[]): string {
  const tagged = tags.find(({ key }) => key === RUN_NAME_TAG)?.value ?? '';
  if (runName !== '' && tagged !== '' && runName !== tagged) {
    throw invalidInput(
      `Both 'run_name' argument and '${RUN_NAME_TAG}' tag are specified, but with different values ` +
        `(run_name='${runName}', ${RUN_NAME_TAG}='${tagged}').`,
    );
  }
  return runName || tagged || generateName();
}

/** @throws AppError not_found */
export async function requireRun(unit: RegistryUnit, runId: string): Promise<Run> {
  return requireFound(await unit.runs.find(runId), runId);
}

/** @throws AppError not_found */
export async function requireRunInfo(unit: RegistryUnit, runId: string): Promise<RunInfo> {
  return requireFound(await unit.runs.findInfo(runId), runId);
}

/**
 * Locks a run for a write. Writes to one run are serialised, so that no update is lost and no write changes a deleted
 * run.
 * @throws AppError not_found; invalid_input for a deleted run
 */
export async function requireActiveRun(unit: RegistryUnit, runId: string): Promise<RunInfo> {
  const info = requireFound(await unit.runs.lockInfo(runId), runId);
  if (info.lifecycleStage === 'active') return info;
  throw invalidInput(`The run ${runId} must be in the 'active' state. Current state is ${info.lifecycleStage}.`);
}

function requireFound<T>(run: T | undefined, runId: string): T {
  if (run === undefined) throw notFound(`Run with id=${runId} not found`);
  return run;
}
