import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { LifecycleStage } from '../validation/lifecycle.js';
import type { Experiment } from './experiment.js';

export type NewExperiment = Omit<Experiment, 'experimentId' | 'artifactLocation'> & {
  /** Undefined: `mlflow-artifacts:/<id>`. */
  readonly artifactLocation: string | undefined;
};

export interface ExperimentRepository {
  /** @throws AppError conflict if an experiment, also a deleted one, has the name */
  insert(experiment: NewExperiment): Promise<Experiment>;
  /** Undefined if no experiment has the id. */
  find(experimentId: string): Promise<Experiment | undefined>;
  findByName(name: string): Promise<Experiment | undefined>;
  /**
   * Like `find`. Until this transaction ends, other changes of the experiment wait; with `exclusive`, new runs and
   * models in it wait, too.
   */
  lock(experimentId: string, mode: 'shared' | 'exclusive'): Promise<Experiment | undefined>;
  /** @throws AppError conflict if the name is used */
  rename(experimentId: string, name: string, updatedAtMs: number): Promise<void>;
  moveTo(experimentId: string, stage: LifecycleStage, updatedAtMs: number): Promise<void>;
  setTag(experimentId: string, tag: Tag): Promise<void>;
  /** @returns true if the tag existed */
  deleteTag(experimentId: string, key: string): Promise<boolean>;
  search(query: SearchQuery): Promise<SearchPage<Experiment>>;
}
