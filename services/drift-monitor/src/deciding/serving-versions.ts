/** Stored form of {@link ServingVersions}, per model. Plain JSON. */
export type ServingVersionsJson = readonly (readonly [model: string, ServingVersionJson])[];

interface ServingVersionJson {
  readonly version: string;
  readonly other: string | null;
  readonly votes: number;
}

interface Serving {
  version: string;
  /** The candidate to replace it. */
  other: string | undefined;
  votes: number;
}

/** Number of rows by which a version must outnumber the serving one before it counts as serving. */
const TAKEOVER_ROWS = 50;

/**
 * The serving version of each model. It is determined from the scored rows, because the scorer may have refused the
 * version in the registry's stage Production. A majority vote, so single rows of another replica have no effect. O(1)
 * per row.
 */
export class ServingVersions {
  readonly #models = new Map<string, Serving>();

  /** Adds a row that the version scored as the model's champion. */
  observe(model: string, version: string): void {
    const serving = this.#models.get(model);
    if (serving === undefined) {
      this.#models.set(model, { version, other: undefined, votes: 0 });
      return;
    }
    if (version === serving.version || (serving.votes > 0 && version !== serving.other)) {
      if (serving.votes > 0) serving.votes -= 1;
      return;
    }
    serving.other = version;
    serving.votes += 1;
    if (serving.votes >= TAKEOVER_ROWS) this.#models.set(model, { version, other: undefined, votes: 0 });
  }

  /** The serving version; undefined before the first champion row of the model. */
  of(model: string): string | undefined {
    return this.#models.get(model)?.version;
  }

  toJson(): ServingVersionsJson {
    return [...this.#models].map(([model, { version, other, votes }]) => [
      model,
      { version, other: other ?? null, votes },
    ]);
  }

  /** Restores stored versions; undefined (an older checkpoint) restores none. */
  restore(json: ServingVersionsJson | undefined): void {
    this.#models.clear();
    for (const [model, { version, other, votes }] of json ?? []) {
      this.#models.set(model, { version, other: other ?? undefined, votes });
    }
  }
}
