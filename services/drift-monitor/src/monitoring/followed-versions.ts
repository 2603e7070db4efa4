import type { MonitorOptions } from './monitor-options.js';
import { type VersionIdentity, VersionMonitor, type VersionMonitorJson } from './version-monitor.js';
import { WindowCoverage, type WindowCoverageJson } from './window-coverage.js';

/** Stored form of {@link FollowedVersions}. Plain JSON. */
export interface FollowedVersionsJson {
  readonly coverage: readonly (readonly [model: string, WindowCoverageJson])[];
  /** Event time of each model's newest request. */
  readonly requests: readonly (readonly [model: string, requestedAtMs: number])[];
  readonly versions: readonly VersionMonitorJson[];
}

/** The model versions followed, at most `maxVersions`, and what the versions of a model share. */
export class FollowedVersions {
  readonly #versions = new Map<string, VersionMonitor>();
  readonly #coverage = new Map<string, WindowCoverage>();
  readonly #requests = new Map<string, number>();

  constructor(private readonly options: MonitorOptions) {}

  /** By model and version. */
  sorted(): readonly VersionMonitor[] {
    return [...this.#versions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, version]) => version);
  }

  /** In no particular order. */
  all(): Iterable<VersionMonitor> {
    return this.#versions.values();
  }

  get(model: string, version: string): VersionMonitor | undefined {
    return this.#versions.get(keyOf(model, version));
  }

  /** The version, followed from now on if it was not; beyond the maximum the one silent for longest is forgotten. */
  follow({ model, version, threshold }: VersionIdentity): VersionMonitor {
    const key = keyOf(model, version);
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const made = new VersionMonitor({ model, version, threshold }, this.options, this.coverageOf(model));
    made.requestMadeAt(this.#requests.get(model) ?? -Infinity);
    this.#versions.set(key, made);
    if (this.#versions.size > this.options.maxVersions) this.#forgetMostSilent(key);
    return made;
  }

  /** Which part of a model's traffic each version sees. */
  coverageOf(model: string): WindowCoverage {
    const known = this.#coverage.get(model);
    if (known !== undefined) return known;
    const made = new WindowCoverage(this.options.windowMs);
    this.#coverage.set(model, made);
    return made;
  }

  /** A request of any version of the model starts the cooldown of all. */
  requestMade(model: string, requestedAtMs: number): void {
    this.#requests.set(model, requestedAtMs);
    for (const version of this.#versions.values()) {
      if (version.identity.model === model) version.requestMadeAt(requestedAtMs);
    }
  }

  /** Forgets the traffic of windows that end at or before the instant. */
  forgetUpTo(limitMs: number): void {
    for (const coverage of this.#coverage.values()) coverage.forgetUpTo(limitMs);
  }

  toJson(): FollowedVersionsJson {
    return {
      coverage: [...this.#coverage].map(([model, coverage]) => [model, coverage.toJson()]),
      requests: [...this.#requests],
      versions: this.sorted().map((version) => version.toJson()),
    };
  }

  /** Windows of another length are left out; @param keepsEvidence see {@link VersionMonitor.fromJson}. */
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

  #forgetMostSilent(kept: string): void {
    const others = [...this.#versions].filter(([key]) => key !== kept);
    const silent = others.reduce((a, b) => (b[1].newestMs < a[1].newestMs ? b : a));
    this.#versions.delete(silent[0]);
  }
}

function keyOf(model: string, version: string): string {
  return `${model}\n${version}`;
}
