import { invalidInput } from '@fraudflow/core';
import { logGamma } from './log-gamma.js';

const MAX_TERMS = 100_000;
const EPSILON = 1e-16;

/**
 * Regularised upper incomplete gamma function Q(a, x) = Γ(a, x)/Γ(a), in [0, 1].
 *
 * x < a+1: 1 − series of P; else Lentz's continued fraction. Relative error about 1e-13 for a ≤ 1e4, kept down to
 * the smallest double in the right tail. Cost about √a terms near x = a.
 *
 * @param a shape > 0.
 * @param x ≥ 0; 0 gives 1, Infinity gives 0.
 * @returns the value in [0, 1].
 * @throws AppError invalid_input outside that range or for NaN.
 * @example upperGammaQ(1, 2) // exp(-2)
 * @see [1] Numerical Recipes, 3rd ed., section 6.2. [2] DLMF 8.7, 8.9.
 */
export function upperGammaQ(a: number, x: number): number {
  check(a, x);
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - series(a, x) : continuedFraction(a, x);
}

/**
 * Regularised lower incomplete gamma function P(a, x) = 1 − Q(a, x), accurate in the left tail.
 *
 * @param a shape > 0. @param x ≥ 0.
 * @returns the value in [0, 1].
 * @throws AppError invalid_input outside that range or for NaN.
 * @see [1] Numerical Recipes, 3rd ed., section 6.2. [2] DLMF 8.7, 8.9.
 */
export function lowerGammaP(a: number, x: number): number {
  check(a, x);
  if (x === 0) return 0;
  if (x === Infinity) return 1;
  return x < a + 1 ? series(a, x) : 1 - continuedFraction(a, x);
}

function check(a: number, x: number): void {
  if (!(a > 0) || !(x >= 0)) throw invalidInput(`incomplete gamma is undefined at a=${a}, x=${x}`);
}

function prefactor(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - logGamma(a));
}

function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MAX_TERMS; n++) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * EPSILON) break;
  }
  return Math.min(1, sum * prefactor(a, x));
}

function continuedFraction(a: number, x: number): number {
  const tiny = Number.MIN_VALUE / EPSILON;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < MAX_TERMS; i++) {
    const an = -i * (i - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (Math.abs(c) < tiny) c = tiny;
    d = 1 / d;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < EPSILON * 2) break;
  }
  return prefactor(a, x) * h;
}
