import type { ModelArtifact } from './model-artifact.js';

/** Where model versions come from. */
export abstract class ModelRepository {
  /** The version in stage Production, or undefined if there is none. @throws AppError unavailable. */
  abstract productionVersion(): Promise<string | undefined>;

  /** A version's files. @throws AppError unavailable; invalid_input if the version holds no single model file or one too large. */
  abstract download(version: string): Promise<ModelArtifact>;
}
