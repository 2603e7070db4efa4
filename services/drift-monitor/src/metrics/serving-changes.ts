import type { MonitorState } from '../deciding/monitor-state.js';

/** Receives changes of the serving version of a model. */
export interface ServingListener {
  /**
   * Called when another version becomes the serving version, or when the serving version receives its profile.
   * @param featureNames names of the profile's features; empty without a profile
   */
  serves(model: string, version: string, featureNames: readonly string[]): void;
}

/** Detects changes of the serving versions and their profiles since the last update. O(versions) per update. */
export class ServingChanges {
  readonly #known = new Map<string, { readonly version: string; readonly hasProfile: boolean }>();

  /** @returns the serving version of the model as of the last update. */
  servingOf(model: string): string | undefined {
    return this.#known.get(model)?.version;
  }

  update(state: MonitorState, listeners: readonly ServingListener[]): void {
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
