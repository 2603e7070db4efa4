import { asError, delay, isRetryable } from '@fraudflow/core';
import type { ReferenceProfileJson } from '@fraudflow/drift';
import type { ProfileSource } from './profile-source.port.js';

export interface ProfileLibraryOptions {
  /** Longest wait of a caller while the source is away, ms. */
  readonly waitMs: number;
  readonly firstBackoffMs?: number;
  readonly lastBackoffMs?: number;
}

/** Receiver of reports. */
export interface ProfileEvents {
  profileLoaded(model: string, version: string): void;
  /** The version has no profile, or a malformed one: its rows will be counted, not judged. */
  profileAbsent(model: string, version: string, reason: string): void;
  /** Once per outage. */
  profileDelayed(model: string, version: string, reason: string): void;
}

/**
 * Fetches profiles, one request at a time per version, and keeps asking while the source is away. Callers wait a
 * bounded time; a profile that comes later is handed to `onLate`.
 */
export class ProfileLibrary {
  readonly #loads = new Map<string, Promise<ReferenceProfileJson | undefined>>();
  readonly #ended = new AbortController();

  constructor(
    private readonly source: ProfileSource,
    private readonly events: ProfileEvents,
    private readonly options: ProfileLibraryOptions,
  ) {}

  /**
   * The profile of a version; undefined if it has none or if it did not come in time. Never rejects.
   * @param onLate called if it comes after the wait.
   */
  async obtain(
    model: string,
    version: string,
    onLate: (profile: ReferenceProfileJson) => void,
  ): Promise<ReferenceProfileJson | undefined> {
    const key = `${model}\n${version}`;
    const load = this.#loads.get(key) ?? this.#load(model, version).finally(() => this.#loads.delete(key));
    this.#loads.set(key, load);
    const timer = new AbortController();
    const outOfTime = Symbol('out of time');
    const found = await Promise.race([load, delay(this.options.waitMs, timer.signal).then(() => outOfTime)]);
    timer.abort();
    if (typeof found !== 'symbol') return found as ReferenceProfileJson | undefined;
    void load.then((profile) => profile !== undefined && onLate(profile));
    return undefined;
  }

  /** Stops asking. */
  close(): void {
    this.#ended.abort();
  }

  async #load(model: string, version: string): Promise<ReferenceProfileJson | undefined> {
    const { firstBackoffMs = 250, lastBackoffMs = 5_000 } = this.options;
    let backoffMs = firstBackoffMs;
    let isReported = false;
    while (!this.#ended.signal.aborted) {
      try {
        const profile = await this.source.load(model, version);
        if (profile === undefined) this.events.profileAbsent(model, version, 'none is stored with the version');
        else this.events.profileLoaded(model, version);
        return profile;
      } catch (thrown) {
        const { message } = asError(thrown);
        if (!isRetryable(thrown)) {
          this.events.profileAbsent(model, version, message);
          return undefined;
        }
        if (!isReported) this.events.profileDelayed(model, version, message);
        isReported = true;
      }
      await delay(backoffMs, this.#ended.signal);
      backoffMs = Math.min(2 * backoffMs, lastBackoffMs);
    }
    return undefined;
  }
}
