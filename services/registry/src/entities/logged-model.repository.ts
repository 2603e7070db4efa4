import type { LoggedModelStatus } from '@fraudflow/contracts/mlflow/logged-model';
import type { Metric, RunInfo } from './run.js';
import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { LoggedModel } from './logged-model.js';

export type NewLoggedModel = Omit<LoggedModel, 'metrics' | 'registrations'>;

export interface LoggedModelRepository {
  insert(model: NewLoggedModel): Promise<void>;
  /** Also finds deleted models. */
  find(modelId: string): Promise<LoggedModel | undefined>;
  /** Blocks other changes of the model until this transaction ends. Has no effect for an unknown id. */
  lock(modelId: string): Promise<void>;
  setStatus(modelId: string, status: LoggedModelStatus, updatedAtMs: number): Promise<void>;
  markDeleted(modelId: string, updatedAtMs: number): Promise<void>;
  setTags(modelId: string, tags: readonly Tag[]): Promise<void>;
  /** @returns true if the tag existed */
  deleteTag(modelId: string, key: string): Promise<boolean>;
  /** Adds params; an existing one keeps its value. */
  addParams(modelId: string, params: readonly Tag[]): Promise<void>;
  /** Assigns metrics of a run to their models. @throws AppError not_found for an unknown model */
  addMetrics(run: RunInfo, metrics: readonly Metric[]): Promise<void>;
  search(query: SearchQuery): Promise<SearchPage<LoggedModel>>;
}
