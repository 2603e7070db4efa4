import { asError, delay, isRetryable } from '@fraudflow/core';
import type { ReferenceProfileJson } from '@fraudflow/drift';
import type { ProfileSource } from './profile-source.port.js';

export interface ProfileLibraryOptions {
  /** Maximum wait of a caller while the source is unavailable, ms. */
  readonly waitMs: number;
  readonly firstBackoffMs?: number;
  readonly lastBackoffMs?: number;
}

/** Receives the events of a {@link ProfileLibrary}. */
export interface ProfileEvents {
  profileLoaded(model: string, version: string): void;
  /** The version has no valid profile: its rows are counted but not evaluated for drift. */
  profileAbsent(model: string, version: string, reason: string): void;
  /** The source is unavailable; called once per outage. */
  profileDelayed(model: string, version: string, reason: string): void;
}

/**
 * Fetches profiles, one request at a time per version, and retries while the source is unavailable. Callers wait a
 * bounded time; a profile that arrives later is passed to `onLate`.
 */
export class ProfileLibrary {
  readonly #loads = new Map<string, Promise<ReferenceProfileJson | undefined>>();
  readonly #closed = new AbortController();

  constructor(
    private readonly source: ProfileSource,
    private readonly events: ProfileEvents,
    private readonly options: ProfileLibraryOptions,
  ) {}

  /**
   * Returns the profile of a version; undefined if it has none or if the wait has timed out. Never rejects.
   * @param onLate called if the profile arrives after the wait.
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
    const timedOut = Symbol('timed out');
    const found = await Promise.race([load, delay(this.options.waitMs, timer.signal).then(() => timedOut)]);
    timer.abort();
    if (typeof found !== 'symbol') return found as ReferenceProfileJson | undefined;
    void load.then((profile) => profile !== undefined && onLate(profile));
    return undefined;
  }

  /** Stops all retries. */
  close(): void {
    this.#closed.abort();
  }

  async #load(model: string, version: string): Promise<ReferenceProfileJson | undefined> {
    const { firstBackoffMs = 250, lastBackoffMs = 5_000 } = this.options;
    let backoffMs = firstBackoffMs;
    let isReported = false;
    while (!this.#closed.signal.aborted) {
      try {
        const profile = await this.source.load(model, version);
        if (profile === undefined) this.events.profileAbsent(model, version, 'the version has no reference profile');
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
      await delay(backoffMs, this.#closed.signal);
      backoffMs = Math.min(2 * backoffMs, lastBackoffMs);
    }
    return undefined;
  }
}
