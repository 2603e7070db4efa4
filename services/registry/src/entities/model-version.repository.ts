import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { ModelVersion, Stage } from './model-version.js';

export type NewModelVersion = Omit<ModelVersion, 'aliases'>;

/** The files of a version in our own artifact store; empty if its location is elsewhere. */
export interface FrozenArtifacts {
  readonly frozenFolder?: string | undefined;
  readonly filesFolder?: string | undefined;
}

/** Changes are made only under the lock of the registered model (RegisteredModelRepository.lock). */
export interface ModelVersionRepository {
  /**
   * Adds a version. With `frozenFolder`, a folder of our artifact store, everything in the folder is frozen while the
   * version exists; with `filesFolder` the files that are in it now are bound to the version by their SHA-256 and
   * frozen.
   */
  insert(version: NewModelVersion, artifacts: FrozenArtifacts): Promise<void>;
  find(name: string, version: number): Promise<ModelVersion | undefined>;
  /** All versions of a model, oldest first. */
  list(name: string): Promise<readonly ModelVersion[]>;
  describe(name: string, version: number, description: string, updatedAtMs: number): Promise<void>;
  moveTo(name: string, version: number, stage: Stage, updatedAtMs: number): Promise<void>;
  delete(name: string, version: number): Promise<void>;
  setTag(name: string, version: number, tag: Tag): Promise<void>;
  deleteTag(name: string, version: number, key: string): Promise<void>;
  search(query: SearchQuery): Promise<SearchPage<ModelVersion>>;
}
