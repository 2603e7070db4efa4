import type { ModelArtifact } from './model-artifact.js';

/**
 * Outlives the process: the last model that passed its canary run, and which files ended the process while they were loaded. A
 * scorer that starts while Production cannot be served, or the registry is away, serves the last good model.
 */
export abstract class LastGoodModel {
  /** The model kept; undefined if there is none, or its bytes are not those that were kept. */
  abstract read(): Promise<ModelArtifact | undefined>;

  /** Replaces the model kept. */
  abstract keep(artifact: ModelArtifact): Promise<void>;

  /**
   * Notes that a file is about to be loaded. @param digest sha256 of the file, hex
   * @returns how often loading this file has begun before without an end: each time the process died meanwhile
   */
  abstract loadBegins(digest: string): Promise<number>;

  /** The load has ended, well or not; the process is alive. */
  abstract loadEnds(digest: string): Promise<void>;
}
