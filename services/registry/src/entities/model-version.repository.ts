import type { ModelStage } from '@fraudflow/contracts/mlflow/model-version';
import type { SearchPage, SearchQuery } from '../search/search-subject.js';
import type { Tag } from '../validation/keys.js';
import type { ModelVersion } from './model-version.js';

export type NewModelVersion = Omit<ModelVersion, 'aliases'>;

/** The files of a version in this server's artifact store; empty if its location is elsewhere. */
export interface FrozenArtifacts {
  readonly frozenFolder?: string | undefined;
  readonly filesFolder?: string | undefined;
}

/** Callers hold the lock of the registered model for every change (RegisteredModelRepository.lock). */
export interface ModelVersionRepository {
  /**
   * Adds a version. With `frozenFolder`, a folder of the artifact store, the whole folder is frozen while the version
   * exists. With `filesFolder`, the files that are in it now are recorded for the version with their SHA-256 and
   * frozen.
   */
  insert(version: NewModelVersion, artifacts: FrozenArtifacts): Promise<void>;
  find(name: string, version: number): Promise<ModelVersion | undefined>;
  /** All versions of a model, oldest first. */
  list(name: string): Promise<readonly ModelVersion[]>;
  describe(name: string, version: number, description: string, updatedAtMs: number): Promise<void>;
  moveTo(name: string, version: number, stage: ModelStage, updatedAtMs: number): Promise<void>;
  delete(name: string, version: number): Promise<void>;
  setTag(name: string, version: number, tag: Tag): Promise<void>;
  deleteTag(name: string, version: number, key: string): Promise<void>;
  search(query: SearchQuery): Promise<SearchPage<ModelVersion>>;
}
