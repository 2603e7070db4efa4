/** A version that is in charge. */
export interface Champion {
  readonly version: string;
  readonly model: Uint8Array;
}

/** All that is kept of a training. */
export interface TrainingRecord {
  readonly requestId: string;
  readonly reason: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Files by name, stored in the version's folder. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

export interface StoredVersion {
  readonly version: string;
  readonly runId: string;
}

/** Where models live. */
export abstract class ModelStore {
  /** The version in stage Production with its file, or undefined. */
  abstract champion(model: string): Promise<Champion | undefined>;
  /** The version an earlier attempt at the same request has made, so that a repeat makes no second one. */
  abstract findByRequest(model: string, requestId: string): Promise<StoredVersion | undefined>;
  /** Stores run, files and version; the version appears only once everything else is there. */
  abstract store(model: string, record: TrainingRecord): Promise<StoredVersion>;
  /** Puts a version in charge and archives the one before it, in one step. */
  abstract promote(model: string, version: string): Promise<void>;
}
