const SLOTS = 96;

/** Stored form of {@link WindowCoverage}. */
export interface WindowCoverageJson {
  readonly sizeMs: number;
  readonly windows: readonly (readonly [startMs: number, counts: readonly number[]])[];
}

/**
 * Counts all scored rows of a model per time slot. From these counts it computes the share of a window's traffic in the
 * period in which a version scored.
 * A version that replaces another one in the afternoon has no rows of the night, so its rows differ from the reference
 * without drift. A canary with a tenth of the traffic during the whole day covers the whole window.
 */
export class WindowCoverage {
  readonly #windows = new Map<number, Float64Array>();

  constructor(readonly sizeMs: number) {}

  /** Counts a row of any version. O(1). */
  add(eventAtMs: number): void {
    const startMs = Math.floor(eventAtMs / this.sizeMs) * this.sizeMs;
    let counts = this.#windows.get(startMs);
    if (counts === undefined) this.#windows.set(startMs, (counts = new Float64Array(SLOTS)));
    const slot = this.#slotOf(eventAtMs - startMs);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }

  /** Share of the window's rows in the slots between the two instants, inclusive; 1 for a window without rows. */
  share(startMs: number, firstMs: number, lastMs: number): number {
    const counts = this.#windows.get(startMs);
    if (counts === undefined) return 1;
    const inside = counts.subarray(this.#slotOf(firstMs - startMs), this.#slotOf(lastMs - startMs) + 1);
    return sum(inside) / sum(counts);
  }

  /** Removes windows that end at or before the instant. */
  removeUpTo(limitMs: number): void {
    for (const startMs of this.#windows.keys()) if (startMs + this.sizeMs <= limitMs) this.#windows.delete(startMs);
  }

  toJson(): WindowCoverageJson {
    const windows = [...this.#windows].sort(([a], [b]) => a - b);
    return { sizeMs: this.sizeMs, windows: windows.map(([startMs, counts]) => [startMs, Array.from(counts)]) };
  }

  static fromJson(json: WindowCoverageJson): WindowCoverage {
    const coverage = new WindowCoverage(json.sizeMs);
    for (const [startMs, counts] of json.windows) coverage.#windows.set(startMs, Float64Array.from(counts));
    return coverage;
  }

  #slotOf(intoWindowMs: number): number {
    return Math.min(SLOTS - 1, Math.floor((intoWindowMs / this.sizeMs) * SLOTS));
  }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
