/** `averagePrecision` as `average_precision`: metrics are logged under these names. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** An object with names in snake case; card precision is named with its number of cards. */
export function named<Value>(values: Readonly<Record<string, Value>>, topCards: number): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      snakeCase(name).replace(/card_precision$/, `card_precision_${topCards}`),
      value,
    ]),
  );
}

/** An instant as ISO 8601 text; null for NaN. */
export function instant(ms: number): string | null {
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** A time range [from, to). */
export function range({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): {
  readonly from: string | null;
  readonly to: string | null;
} {
  return { from: instant(fromMs), to: instant(toMs) };
}

/** Milliseconds as seconds. */
export function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}

/** JSON with two spaces of indentation and a line end; undefined figures (NaN) are null. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
