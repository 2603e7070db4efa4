import type { MonitorState } from '../monitoring/monitor-state.js';

/** Who hears that another version of a model scores. */
export interface ServingListener {
  /** @param featureNames of the version's profile; empty while it has none. Called again when the profile comes. */
  serves(model: string, version: string, featureNames: readonly string[]): void;
}

/** Compares which versions serve, and with what profile, against the last look. O(versions) per call. */
export class ServingChanges {
  readonly #known = new Map<string, { readonly version: string; readonly hasProfile: boolean }>();

  /** @returns the version of the model that serves, as of the last look. */
  servingOf(model: string): string | undefined {
    return this.#known.get(model)?.version;
  }

  look(state: MonitorState, listeners: readonly ServingListener[]): void {
    for (const { identity, hasProfile, featureNames } of state.versions) {
      const { model, version } = identity;
      if (state.servingOf(model) !== version) continue;
      const known = this.#known.get(model);
      if (known?.version === version && known.hasProfile === hasProfile) continue;
      this.#known.set(model, { version, hasProfile });
      for (const listener of listeners) listener.serves(model, version, featureNames);
    }
  }
}
