import type { GateResult } from '@fraudflow/learning';

/** A version that is in charge. */
export interface Champion {
  readonly version: string;
  /** Its file; the reason if the version holds none that could be served. */
  readonly model: Uint8Array | Error;
  /** Text of `scoring.json` beside the model, where there is one. */
  readonly scoringJson?: string;
}

/** How a version was judged. It is stored with the version, and only it decides about a promotion. */
export interface Verdict {
  readonly passed: boolean;
  /** The version in charge when it was judged; undefined if there was none. */
  readonly judgedAgainst: string | undefined;
  readonly dataDigest: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gates: readonly GateResult[];
}

/** All that is kept of a training. */
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

/** What an earlier attempt at a request has left. */
export interface StoredTraining extends StoredVersion {
  /** `None`, `Staging`, `Production` or `Archived`. */
  readonly stage: string;
  /** Undefined if the version does not tell how it was judged. */
  readonly verdict: Verdict | undefined;
}

/** Where models live. */
export abstract class ModelStore {
  /** The version in stage Production with its file, or undefined. */
  abstract champion(model: string): Promise<Champion | undefined>;
  /** The version an earlier attempt at the same request has made, so that a repeat makes no second one. */
  abstract findByRequest(model: string, requestId: string): Promise<StoredTraining | undefined>;
  /** Stores run, files and version; the version appears only once everything else is there. */
  abstract store(model: string, record: TrainingRecord): Promise<StoredVersion>;
  /**
   * Puts a version in charge and archives the one before it. Nothing happens if it is in charge already.
   * @param expected the version that has to be in charge until now; undefined: none
   * @throws AppError conflict (CHAMPION_CHANGED) if another one is.
   */
  abstract promote(model: string, version: string, expected: string | undefined): Promise<void>;
}
