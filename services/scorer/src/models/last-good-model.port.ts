import type { ModelArtifact } from './model-artifact.js';

/**
 * Persistent store of the last model that passed its canary run, and of the model files whose load ended the process. A
 * scorer serves the last good model if, at its start, the Production version is unusable or the registry is
 * unreachable.
 */
export abstract class LastGoodModel {
  /** The stored model; undefined if there is none or if its bytes do not match the stored digest. */
  abstract read(): Promise<ModelArtifact | undefined>;

  /** Replaces the stored model. */
  abstract keep(artifact: ModelArtifact): Promise<void>;

  /**
   * Records that the load of a file begins.
   * @param digest sha256 of the file, hex
   * @returns the number of earlier loads of this file that did not end, because the process died
   */
  abstract loadBegins(digest: string): Promise<number>;

  /** Records that the load ended, with or without success, and that the process survived it. */
  abstract loadEnds(digest: string): Promise<void>;
}
