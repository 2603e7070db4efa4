/** Largest distance from a whole number of minor units that is attributed to floating-point sums. */
const TOLERANCE = 1e-6;
/** Relative rounding error of one product in double precision, with a safety factor. */
const RELATIVE_TOLERANCE = 4 * Number.EPSILON;
/** Decimals of the base currency; the setting accepts no currency with another number. */
export const BASE_CURRENCY_DECIMALS = 2;
const SCALES: readonly number[] = [1, 10, 100, 1_000, 10_000];

/**
 * Minor units per major unit: 10^decimals.
 * @param decimals decimals of the currency's minor unit, 0 to 4
 * @returns 1 to 10,000; NaN for another number of decimals
 */
export function minorUnitScale(decimals: number): number {
  return SCALES[decimals] ?? Number.NaN;
}

/**
 * An amount in major units as whole minor units, e.g. 57.16 with 2 decimals is 5716.
 * An amount may be off by 1e-6 minor units (0.1 + 0.2 is 30 cents).
 * @param amount major units
 * @param decimals decimals of the currency's minor unit, 0 to 4
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

/**
 * An amount in major units, rounded to whole minor units (half up): for amounts that are computed, such as simulated
 * ones. An amount that a caller sends must be exact; use `toMinorUnits` for it.
 * @param amount major units
 * @param decimals decimals of the currency's minor unit, 0 to 4
 * @returns NaN for NaN and an infinity for an infinity; inexact beyond 2^53 − 1 minor units
 */
export function roundToMinorUnits(amount: number, decimals: number): number {
  return Math.round(amount * minorUnitScale(decimals));
}

/**
 * Whole minor units as an amount in major units: the double nearest to the exact value.
 * @param minor at most 2^53 − 1 in absolute value
 * @param decimals decimals of the currency's minor unit, 0 to 4
 */
export function toMajorUnits(minor: number, decimals: number): number {
  return minor / minorUnitScale(decimals);
}
