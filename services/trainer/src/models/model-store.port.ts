import type { GateResult } from '@fraudflow/learning';

/** The active version: stage Production. */
export interface Champion {
  readonly version: string;
  /** Content of the model file; an error if no file can be served. */
  readonly model: Uint8Array | Error;
  /** Text of `scoring.json` in the model's folder; absent if there is none. */
  readonly scoringJson?: string;
}

/** Result of a version's evaluation, stored with the version. Promotion depends on it alone. */
export interface Verdict {
  readonly passed: boolean;
  /** The active version at the time of the evaluation; undefined if there was none. */
  readonly evaluatedAgainst: string | undefined;
  readonly dataDigest: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gates: readonly GateResult[];
}

/** Everything stored for a training. */
export interface TrainingRecord {
  readonly requestId: string;
  readonly reason: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** `name:version` */
  readonly featureService: string;
  readonly verdict: Verdict;
  /** Files by name, stored in the version's folder. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

export interface StoredVersion {
  readonly version: string;
  readonly runId: string;
}

/** The version stored by an earlier attempt at a request. */
export interface StoredTraining extends StoredVersion {
  /** `None`, `Staging`, `Production` or `Archived`. */
  readonly stage: string;
  /** Undefined if the version has none, e.g. one stored by an earlier release. */
  readonly verdict: Verdict | undefined;
}

/** Store of runs, model files and versions. */
export abstract class ModelStore {
  /** The version in stage Production with its file, or undefined. */
  abstract champion(model: string): Promise<Champion | undefined>;
  /** The version that an earlier attempt at the same request stored; it prevents a second version. */
  abstract findByRequest(model: string, requestId: string): Promise<StoredTraining | undefined>;
  /** Stores run, files and version; the version is created after everything else is stored. */
  abstract store(model: string, record: TrainingRecord): Promise<StoredVersion>;
  /**
   * Moves a version to Production and archives the active one. Does nothing if the version is active already.
   * @param expected the version that must be active until now; undefined: none
   * @throws AppError conflict (CHAMPION_CHANGED) if another version is active.
   */
  abstract promote(model: string, version: string, expected: string | undefined): Promise<void>;
}
