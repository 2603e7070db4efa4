import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { RegisteredModel } from './registered-model.js';

export type NewRegisteredModel = Omit<RegisteredModel, 'aliases' | 'latestVersions'>;

export interface RegisteredModelRepository {
  /** @throws AppError conflict if the name is taken. */
  insert(model: NewRegisteredModel): Promise<void>;
  find(name: string): Promise<RegisteredModel | undefined>;
  /** Makes other changes of the model wait until this transaction ends. An unknown name locks nothing. */
  lock(name: string): Promise<void>;
  describe(name: string, description: string, updatedAtMs: number): Promise<void>;
  touch(name: string, updatedAtMs: number): Promise<void>;
  /** Versions, tags and aliases move along. @throws AppError conflict if the new name is taken. */
  rename(name: string, newName: string, updatedAtMs: number): Promise<void>;
  /** With versions, tags and aliases. */
  delete(name: string): Promise<void>;
  setTag(name: string, tag: Tag): Promise<void>;
  deleteTag(name: string, key: string): Promise<void>;
  setAlias(name: string, alias: string, version: number): Promise<void>;
  deleteAlias(name: string, alias: string): Promise<void>;
  /** The next version number; callers at the same time get different ones, and none is ever given again. */
  takeNextVersion(name: string, updatedAtMs: number): Promise<number>;
  search(query: SearchQuery): Promise<SearchPage<RegisteredModel>>;
}
