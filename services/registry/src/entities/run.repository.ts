import type { RunStatus } from '@fraudflow/contracts/mlflow/run';
import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { LifecycleStage } from '../validation/lifecycle.js';
import type { Run, RunInfo } from './run.js';

/** The columns of a run that can change; an absent one keeps its value. */
export interface RunChanges {
  readonly runName?: string | undefined;
  readonly status?: RunStatus | undefined;
  readonly endedAtMs?: number | undefined;
}

export interface RunRepository {
  insert(info: RunInfo, tags: readonly Tag[]): Promise<void>;
  find(runId: string): Promise<Run | undefined>;
  findInfo(runId: string): Promise<RunInfo | undefined>;
  /** Like `findInfo`, and blocks other writes to the run until this transaction ends. Every write starts with it. */
  lockInfo(runId: string): Promise<RunInfo | undefined>;
  /** Changes the given columns and no others. */
  update(runId: string, changes: RunChanges): Promise<void>;
  moveTo(runId: string, stage: LifecycleStage): Promise<void>;
  /** Deletes the active runs of an experiment. */
  deleteWithExperiment(experimentId: string): Promise<void>;
  /** Restores the runs that were deleted with their experiment. Runs that were deleted before remain deleted. */
  restoreWithExperiment(experimentId: string): Promise<void>;
  search(query: SearchQuery): Promise<SearchPage<Run>>;
}
