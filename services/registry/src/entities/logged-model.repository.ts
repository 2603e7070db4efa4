import type { Metric, RunInfo } from './run.js';
import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { LoggedModel, LoggedModelStatus } from './logged-model.js';

export type NewLoggedModel = Omit<LoggedModel, 'metrics' | 'registrations'>;

export interface LoggedModelRepository {
  insert(model: NewLoggedModel): Promise<void>;
  /** Deleted ones too. */
  find(modelId: string): Promise<LoggedModel | undefined>;
  /** Makes other changes of the model wait until this transaction ends. An unknown id locks nothing. */
  lock(modelId: string): Promise<void>;
  setStatus(modelId: string, status: LoggedModelStatus, updatedAtMs: number): Promise<void>;
  markDeleted(modelId: string, updatedAtMs: number): Promise<void>;
  setTags(modelId: string, tags: readonly Tag[]): Promise<void>;
  /** @returns whether the tag was there. */
  deleteTag(modelId: string, key: string): Promise<boolean>;
  /** Adds params; one that exists keeps its value. */
  addParams(modelId: string, params: readonly Tag[]): Promise<void>;
  /** Attributes metrics of a run to their models. @throws AppError not_found for an unknown model. */
  addMetrics(run: RunInfo, metrics: readonly Metric[]): Promise<void>;
  search(query: SearchQuery): Promise<SearchPage<LoggedModel>>;
}
