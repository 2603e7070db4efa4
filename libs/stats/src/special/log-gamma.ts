const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/**
 * Natural logarithm of the gamma function, ln Γ(x).
 *
 * Below 15 Lanczos' sum (g = 7, 9 terms), from 15 on Stirling's series; absolute error about 1e-14, relative where
 * large.
 *
 * @param x > 0. For x ≤ 0 or NaN the result is NaN; Infinity gives Infinity.
 * @example logGamma(5) // ln 24
 * @see [1] C. Lanczos, A precision approximation of the gamma function, 1964. [2] DLMF 5.11.1.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) return NaN;
  if (x >= 15) return stirling(x);
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

function stirling(x: number): number {
  if (x === Infinity) return Infinity;
  const inverse = 1 / x;
  const square = inverse * inverse;
  const series =
    inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188)))));
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
