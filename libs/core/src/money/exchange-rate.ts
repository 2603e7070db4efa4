import { invalidInput } from '../errors.js';
import { minorUnitDecimals } from './currencies.js';

/** A decimal number without rounding: `units` / 10^`decimals`. */
export interface ExactDecimal {
  readonly units: bigint;
  readonly decimals: number;
}

/** Units of `baseCurrency` for one unit of `currency`, both in major units, valid from `effectiveAtMs`. */
export interface ExchangeRate {
  readonly currency: string;
  readonly baseCurrency: string;
  /** Decimal text as it was given, e.g. `0.9213`. */
  readonly text: string;
  /** Milliseconds since the Unix epoch. */
  readonly effectiveAtMs: number;
}

const DECIMAL = /^([0-9]{1,12})(?:\.([0-9]{1,12}))?$/;

/**
 * Parses decimal text with up to 12 digits before the point and 12 after it.
 * @throws AppError invalid_input for anything else and for 0
 */
export function parseRate(text: string): ExactDecimal {
  const [, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  const units = whole === undefined ? 0n : BigInt(whole + fraction);
  if (units === 0n) {
    throw invalidInput('rate: must be a decimal number above 0 with at most 12 digits before and 12 after the point', {
      code: 'RATE_INVALID',
      field: 'rate',
    });
  }
  return { units, decimals: fraction.length };
}

/**
 * Converts an amount of minor units into minor units of the base currency. The product is exact and rounded once, half
 * to even (banker's rounding, as in ISO 20022 and most ledgers).
 *
 * Formula: minor × rate × 10^(decimals of the base currency − decimals of the currency).
 * @param minor whole minor units, 0 to 2^53 − 1
 * @returns whole minor units of the base currency. A result above 2^53 − 1 is inexact: the caller must check the
 * bound.
 * @example convertMinor(1_000, parseRate('0.0058'), 0, 2) // 1,000 JPY at 0.0058 EUR = 580 cents
 */
export function convertMinor(minor: number, rate: ExactDecimal, decimals: number, baseDecimals: number): number {
  const numerator = BigInt(minor) * rate.units * 10n ** BigInt(baseDecimals);
  return Number(dividedHalfEven(numerator, 10n ** BigInt(rate.decimals + decimals)));
}

/** Integer division, rounded half to even. Requires numerator ≥ 0 and denominator > 0. */
function dividedHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const isUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/**
 * Decimals of an accepted currency's minor unit.
 * @param currency ISO 4217 code
 * @returns 0 to 4
 * @throws AppError invalid_input CURRENCY_INVALID for a code that is not accepted
 */
export function decimalsOf(currency: string): number {
  const decimals = minorUnitDecimals(currency);
  if (decimals !== undefined) return decimals;
  throw invalidInput('currency: must be an ISO 4217 code, e.g. EUR', { code: 'CURRENCY_INVALID', field: 'currency' });
}
