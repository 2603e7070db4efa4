/** Labels of a series of a model version. */
type VersionLabels = Readonly<Record<string, string>> & { readonly model: string; readonly version: string };

/**
 * Tracks the exported series per model version, so that the series of a version that no longer scores can be removed. A
 * remaining series would keep alerts firing, and the number of series would grow with every retraining.
 */
export class VersionSeries {
  /** By model and version: functions that remove each series, by metric and labels. */
  readonly #series = new Map<string, Map<object, Map<string, () => void>>>();

  /** Registers a series with these labels. @param remove removes the series */
  add(metric: object, labels: VersionLabels, remove: () => void): void {
    const key = keyOf(labels.model, labels.version);
    let metrics = this.#series.get(key);
    if (metrics === undefined) this.#series.set(key, (metrics = new Map()));
    let removals = metrics.get(metric);
    if (removals === undefined) metrics.set(metric, (removals = new Map()));
    removals.set(Object.values(labels).join('\n'), remove);
  }

  /** Removes the series of all versions of a model but one. */
  keepOnly(model: string, version: string): void {
    for (const [key, metrics] of this.#series) {
      if (!key.startsWith(`${model}\n`) || key === keyOf(model, version)) continue;
      for (const removals of metrics.values()) for (const remove of removals.values()) remove();
      this.#series.delete(key);
    }
  }
}

function keyOf(model: string, version: string): string {
  return `${model}\n${version}`;
}
