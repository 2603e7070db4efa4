import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { ModelVersion } from './model-version.js';

export type NewModelVersion = Omit<ModelVersion, 'aliases'>;

export interface ModelVersionRepository {
  insert(version: NewModelVersion): Promise<void>;
  find(name: string, version: number): Promise<ModelVersion | undefined>;
  /** All versions of a model, oldest first. */
  list(name: string): Promise<readonly ModelVersion[]>;
  /** Stores stage, description and update time. */
  save(version: ModelVersion): Promise<void>;
  delete(name: string, version: number): Promise<void>;
  setTag(name: string, version: number, tag: Tag): Promise<void>;
  deleteTag(name: string, version: number, key: string): Promise<void>;
  search(query: SearchQuery): Promise<SearchPage<ModelVersion>>;
}
