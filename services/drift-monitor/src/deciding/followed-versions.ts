import type { MonitorOptions } from './monitor-options.js';
import { type VersionIdentity, VersionMonitor, type VersionMonitorJson } from './version-monitor.js';
import { WindowCoverage, type WindowCoverageJson } from '../counting/window-coverage.js';

/** Stored form of {@link FollowedVersions}. Plain JSON. */
export interface FollowedVersionsJson {
  readonly coverage: readonly (readonly [model: string, WindowCoverageJson])[];
  /** Event time of the newest retraining request per model. */
  readonly requests: readonly (readonly [model: string, requestedAtMs: number])[];
  readonly versions: readonly VersionMonitorJson[];
}

/** The monitored model versions, at most `maxVersions`, and the state shared by the versions of a model. */
export class FollowedVersions {
  readonly #versions = new Map<string, VersionMonitor>();
  readonly #coverage = new Map<string, WindowCoverage>();
  readonly #requests = new Map<string, number>();

  constructor(private readonly options: MonitorOptions) {}

  /** The monitored versions, sorted by model and version. */
  sorted(): readonly VersionMonitor[] {
    return [...this.#versions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, version]) => version);
  }

  /** The monitored versions in unspecified order. */
  all(): Iterable<VersionMonitor> {
    return this.#versions.values();
  }

  get(model: string, version: string): VersionMonitor | undefined {
    return this.#versions.get(keyOf(model, version));
  }

  /**
   * Returns the version; adds it if it is new. Above the maximum, the version without rows for the longest time is
   * removed.
   */
  follow({ model, version, threshold }: VersionIdentity): VersionMonitor {
    const key = keyOf(model, version);
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const made = new VersionMonitor({ model, version, threshold }, this.options, this.coverageOf(model));
    made.requestMadeAt(this.#requests.get(model) ?? -Infinity);
    this.#versions.set(key, made);
    if (this.#versions.size > this.options.maxVersions) this.#removeLeastRecent(key);
    return made;
  }

  /** Rows of a model per time slot, from which the coverage of each version is computed. */
  coverageOf(model: string): WindowCoverage {
    const known = this.#coverage.get(model);
    if (known !== undefined) return known;
    const made = new WindowCoverage(this.options.windowMs);
    this.#coverage.set(model, made);
    return made;
  }

  /** Records a retraining request. It starts the cooldown of all versions of the model. */
  requestMade(model: string, requestedAtMs: number): void {
    this.#requests.set(model, requestedAtMs);
    for (const version of this.#versions.values()) {
      if (version.identity.model === model) version.requestMadeAt(requestedAtMs);
    }
  }

  /** Removes the row counts of windows that end at or before the instant. */
  removeUpTo(limitMs: number): void {
    for (const coverage of this.#coverage.values()) coverage.removeUpTo(limitMs);
  }

  toJson(): FollowedVersionsJson {
    return {
      coverage: [...this.#coverage].map(([model, coverage]) => [model, coverage.toJson()]),
      requests: [...this.#requests],
      versions: this.sorted().map((version) => version.toJson()),
    };
  }

  /**
   * Restores stored versions. Versions and coverage with another window length are not restored.
   * @param keepsEvidence see {@link VersionMonitor.fromJson}
   */
  static fromJson(json: FollowedVersionsJson, options: MonitorOptions, keepsEvidence: boolean): FollowedVersions {
    const followed = new FollowedVersions(options);
    for (const [model, requestedAtMs] of json.requests) followed.#requests.set(model, requestedAtMs);
    for (const [model, coverage] of json.coverage) {
      if (coverage.sizeMs === options.windowMs) followed.#coverage.set(model, WindowCoverage.fromJson(coverage));
    }
    for (const stored of json.versions) {
      if (stored.performance.sizeMs !== options.windowMs) continue;
      const coverage = followed.coverageOf(stored.model);
      const restored = VersionMonitor.fromJson(stored, options, { coverage, keepsEvidence });
      followed.#versions.set(keyOf(stored.model, stored.version), restored);
    }
    return followed;
  }

  #removeLeastRecent(kept: string): void {
    const others = [...this.#versions].filter(([key]) => key !== kept);
    const leastRecent = others.reduce((a, b) => (b[1].newestMs < a[1].newestMs ? b : a));
    this.#versions.delete(leastRecent[0]);
  }
}

function keyOf(model: string, version: string): string {
  return `${model}\n${version}`;
}
