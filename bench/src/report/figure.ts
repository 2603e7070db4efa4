/** One measured quantity over several runs. */
export interface Figure {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly unit: string;
}

export type Figures = Readonly<Record<string, Figure>>;

/** The figures of one run. */
export type RunFigures = Readonly<Record<string, { readonly value: number; readonly unit: string }>>;

/** Spread over runs, per figure. A figure that any run could not measure is left out. */
export function spreadOf(runs: readonly RunFigures[]): Figures {
  const names = Object.keys(runs[0] ?? {});
  const figures: Record<string, Figure> = {};
  for (const name of names) {
    const values = runs.map((run) => run[name]?.value ?? Number.NaN).sort((a, b) => a - b);
    if (values.some((value) => !Number.isFinite(value))) continue;
    figures[name] = {
      min: rounded(values[0]),
      median: rounded(medianOf(values)),
      max: rounded(values.at(-1)),
      unit: runs[0]?.[name]?.unit ?? '',
    };
  }
  return figures;
}

/** Middle of ascending values; the mean of the two middle ones for an even count. */
function medianOf(ascending: readonly number[]): number {
  const middle = ascending.length >> 1;
  const upper = ascending[middle] ?? Number.NaN;
  return ascending.length % 2 === 1 ? upper : (upper + (ascending[middle - 1] ?? Number.NaN)) / 2;
}

function rounded(value: number | undefined): number {
  return value === undefined ? Number.NaN : Number(value.toPrecision(5));
}
