import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { RegisteredModel } from './registered-model.js';

export type NewRegisteredModel = Omit<RegisteredModel, 'aliases' | 'latestVersions'>;

export interface RegisteredModelRepository {
  /** @throws AppError conflict if the name is used */
  insert(model: NewRegisteredModel): Promise<void>;
  find(name: string): Promise<RegisteredModel | undefined>;
  /** Blocks other changes of the model until this transaction ends. Has no effect for an unknown name. */
  lock(name: string): Promise<void>;
  describe(name: string, description: string, updatedAtMs: number): Promise<void>;
  touch(name: string, updatedAtMs: number): Promise<void>;
  /** Renames a model with its versions, tags and aliases. @throws AppError conflict if the new name is used */
  rename(name: string, newName: string, updatedAtMs: number): Promise<void>;
  /** Deletes a model with its versions, tags and aliases. */
  delete(name: string): Promise<void>;
  setTag(name: string, tag: Tag): Promise<void>;
  deleteTag(name: string, key: string): Promise<void>;
  setAlias(name: string, alias: string, version: number): Promise<void>;
  deleteAlias(name: string, alias: string): Promise<void>;
  /** The next version number. Concurrent callers get different numbers, and no number is returned twice. */
  takeNextVersion(name: string, updatedAtMs: number): Promise<number>;
  search(query: SearchQuery): Promise<SearchPage<RegisteredModel>>;
}
