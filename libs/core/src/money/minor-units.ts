/** Largest distance from a whole number of minor units that is attributed to floating-point sums. */
const TOLERANCE = 1e-6;
/** Relative rounding error of one product in double precision, with a safety factor. */
const RELATIVE_TOLERANCE = 4 * Number.EPSILON;
const SCALES: readonly number[] = [1, 10, 100, 1_000, 10_000];

/** Minor units per major unit: 10^decimals, for 0 to 4 decimals. */
export function minorUnitScale(decimals: number): number {
  return SCALES[decimals] ?? Number.NaN;
}

/**
 * An amount in major units as whole minor units, e.g. 57.16 with 2 decimals is 5716.
 * An amount may be off by 1e-6 minor units (0.1 + 0.2 is 30 cents).
 * @returns undefined if the amount is not finite, has more decimals than its currency, or exceeds 2^53 − 1 minor
 * units
 */
export function toMinorUnits(amount: number, decimals: number): number | undefined {
  const product = amount * minorUnitScale(decimals);
  const whole = Math.round(product);
  if (!Number.isSafeInteger(whole)) return undefined;
  const allowed = Math.max(TOLERANCE, Math.abs(product) * RELATIVE_TOLERANCE);
  return Math.abs(product - whole) < allowed ? whole : undefined;
}

/** Whole minor units as an amount in major units: the double nearest to the exact value. */
export function toMajorUnits(minor: number, decimals: number): number {
  return minor / minorUnitScale(decimals);
}
