import type { ModelArtifact } from './model-artifact.js';

/** Source of model versions. */
export abstract class ModelRepository {
  /** The version in stage Production; undefined if there is none. @throws AppError unavailable. */
  abstract productionVersion(): Promise<string | undefined>;

  /**
   * Downloads the files of a version.
   * @throws AppError unavailable; invalid_input if the version has no unambiguous model file or the file is too large.
   */
  abstract download(version: string): Promise<ModelArtifact>;
}
