import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { LifecycleStage } from '../validation/lifecycle.js';
import type { Experiment } from './experiment.js';

export type NewExperiment = Omit<Experiment, 'experimentId' | 'artifactLocation'> & {
  /** Undefined: `mlflow-artifacts:/<id>`. */
  readonly artifactLocation: string | undefined;
};

export interface ExperimentRepository {
  /** @throws AppError conflict if any experiment, deleted ones included, has the name. */
  insert(experiment: NewExperiment): Promise<Experiment>;
  /** Absent if the text is no id of any experiment. */
  find(experimentId: string): Promise<Experiment | undefined>;
  findByName(name: string): Promise<Experiment | undefined>;
  /**
   * Like find; until this transaction ends, other changes of the experiment wait and, with `exclusive`, so do new runs
   * and models in it.
   */
  lock(experimentId: string, mode: 'shared' | 'exclusive'): Promise<Experiment | undefined>;
  /** @throws AppError conflict if the name is taken. */
  rename(experimentId: string, name: string, updatedAtMs: number): Promise<void>;
  moveTo(experimentId: string, stage: LifecycleStage, updatedAtMs: number): Promise<void>;
  setTag(experimentId: string, tag: Tag): Promise<void>;
  /** @returns whether the tag was there. */
  deleteTag(experimentId: string, key: string): Promise<boolean>;
  search(query: SearchQuery): Promise<SearchPage<Experiment>>;
}
