/** First and last event time of a version's rows in one window. */
export interface ObservedSpan {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Stored form of {@link ObservedSpans}. */
export interface ObservedSpansJson {
  readonly sizeMs: number;
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
  readonly spans: readonly (readonly [startMs: number, firstMs: number, lastMs: number])[];
}

/** Periods of event time in which a version scored: per open window, and in total. */
export class ObservedSpans {
  readonly #spans = new Map<number, ObservedSpan>();
  #oldestMs = Infinity;
  #newestMs = -Infinity;

  constructor(private readonly sizeMs: number) {}

  /** Event time of the newest row; -Infinity before the first row. */
  get newestMs(): number {
    return this.#newestMs;
  }

  add(eventAtMs: number): void {
    this.#oldestMs = Math.min(this.#oldestMs, eventAtMs);
    this.#newestMs = Math.max(this.#newestMs, eventAtMs);
    const startMs = Math.floor(eventAtMs / this.sizeMs) * this.sizeMs;
    const span = this.#spans.get(startMs);
    if (span !== undefined && span.firstMs <= eventAtMs && eventAtMs <= span.lastMs) return;
    const firstMs = Math.min(span?.firstMs ?? Infinity, eventAtMs);
    this.#spans.set(startMs, { firstMs, lastMs: Math.max(span?.lastMs ?? -Infinity, eventAtMs) });
  }

  /** True if the instant is between the first and the last row of the version. */
  contains(eventAtMs: number): boolean {
    return this.#oldestMs <= eventAtMs && eventAtMs <= this.#newestMs;
  }

  of(startMs: number): ObservedSpan | undefined {
    return this.#spans.get(startMs);
  }

  /** Removes the spans of windows that end at or before the instant. */
  removeUpTo(limitMs: number): void {
    for (const startMs of this.#spans.keys()) if (startMs + this.sizeMs <= limitMs) this.#spans.delete(startMs);
  }

  toJson(): ObservedSpansJson {
    const spans = [...this.#spans].sort(([a], [b]) => a - b);
    return {
      sizeMs: this.sizeMs,
      oldestMs: Number.isFinite(this.#oldestMs) ? this.#oldestMs : null,
      newestMs: Number.isFinite(this.#newestMs) ? this.#newestMs : null,
      spans: spans.map(([startMs, { firstMs, lastMs }]) => [startMs, firstMs, lastMs]),
    };
  }

  static fromJson(json: ObservedSpansJson): ObservedSpans {
    const restored = new ObservedSpans(json.sizeMs);
    for (const [startMs, firstMs, lastMs] of json.spans) restored.#spans.set(startMs, { firstMs, lastMs });
    restored.#oldestMs = json.oldestMs ?? Infinity;
    restored.#newestMs = json.newestMs ?? -Infinity;
    return restored;
  }
}
