import type { ModelVersion } from './model-version.js';
import type { Tag } from '../validation/keys.js';

export interface Alias {
  readonly alias: string;
  readonly version: number;
}

export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: readonly Tag[];
  readonly aliases: readonly Alias[];
  /** The newest version of each stage that has one. */
  readonly latestVersions: readonly ModelVersion[];
}
