/**
 * Distribution function of the two-sided one-sample Kolmogorov-Smirnov statistic, by Durbin's matrix power.
 *
 * P(D_n < d) = n!/nⁿ (Hⁿ)_{k,k} with d = (k − h)/n, k = ⌈nd⌉ and H the (2k−1)×(2k−1) matrix of [1];
 * powers are rescaled to avoid overflow. Absolute error about 1e-13. Complexity O((nd)³ log n): meant for small n·d.
 *
 * @param n whole number ≥ 1.
 * @param d in (0, 1).
 * @example marsagliaCdf(10, 0.274) // 0.6284796154565842
 * @see [1] G. Marsaglia, W. Tsang, J. Wang, Evaluating Kolmogorov's distribution, 2003.
 */
export function marsagliaCdf(n: number, d: number): number {
  const k = Math.ceil(n * d);
  const size = 2 * k - 1;
  const power = matrixPower(durbinMatrix(k, k - n * d), size, n);
  let value = power.matrix[(k - 1) * size + k - 1] as number;
  let exponent = power.exponent;
  for (let i = 1; i <= n; i++) {
    value = (value * i) / n;
    if (value < 1e-140) {
      value *= 1e140;
      exponent -= 140;
    }
  }
  return value * 10 ** exponent;
}

function durbinMatrix(k: number, h: number): Float64Array {
  const size = 2 * k - 1;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < Math.min(i + 2, size); j++) matrix[i * size + j] = 1;
  }
  for (let i = 0; i < size; i++) {
    matrix[i * size] = (matrix[i * size] as number) - h ** (i + 1);
    const bottom = (size - 1) * size + i;
    matrix[bottom] = (matrix[bottom] as number) - h ** (size - i);
  }
  if (2 * h - 1 > 0) matrix[(size - 1) * size] = (matrix[(size - 1) * size] as number) + (2 * h - 1) ** size;
  for (let i = 0; i < size; i++) {
    let factorial = 1;
    for (let j = i; j >= 0; j--) {
      factorial *= i - j + 1;
      matrix[i * size + j] = (matrix[i * size + j] as number) / factorial;
    }
  }
  return matrix;
}

interface Scaled {
  readonly matrix: Float64Array;
  /** The true matrix is `matrix · 10^exponent`. */
  readonly exponent: number;
}

function matrixPower(base: Float64Array, size: number, power: number): Scaled {
  if (power === 1) return { matrix: base, exponent: 0 };
  const half = matrixPower(base, size, Math.floor(power / 2));
  let matrix = multiply(half.matrix, half.matrix, size);
  let exponent = 2 * half.exponent;
  if (power % 2 === 1) matrix = multiply(matrix, base, size);
  const middle = (size >> 1) * size + (size >> 1);
  if ((matrix[middle] as number) > 1e140) {
    matrix = matrix.map((value) => value * 1e-140);
    exponent += 140;
  }
  return { matrix, exponent };
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k] as number;
      if (factor === 0) continue;
      for (let j = 0; j < size; j++) {
        product[i * size + j] = (product[i * size + j] as number) + factor * (b[k * size + j] as number);
      }
    }
  }
  return product;
}
