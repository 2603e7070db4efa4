/** Seeded pseudo-random numbers. The same seed gives the same numbers. Not for secrets. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform integer in [0, count). */
  below(count: number): number;
  normal(mean: number, standardDeviation: number): number;
  /** Poisson count; mean 0 or less gives 0. */
  poisson(mean: number): number;
}

/**
 * xoshiro128** filled by splitmix32, with Box-Muller normals and Knuth's Poisson.
 *
 * @param seed unsigned 32-bit integer.
 * @see [1] D. Blackman, S. Vigna: Scrambled linear pseudorandom number generators, 2018.
 */
export function createRandom(seed: number): Random {
  const uniform = xoshiro128(seed);
  let spareNormal: number | undefined;
  const standardNormal = (): number => {
    if (spareNormal !== undefined) {
      const value = spareNormal;
      spareNormal = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    below: (count) => Math.floor(uniform() * count),
    normal: (mean, standardDeviation) => mean + standardDeviation * standardNormal(),
    poisson: (mean) => poisson(mean, uniform),
  };
}

// exp(-mean) must not underflow, so a large mean is split into a sum of small ones.
const LARGEST_KNUTH_MEAN = 30;

function poisson(mean: number, uniform: () => number): number {
  let count = 0;
  let rest = mean;
  while (rest > 0) {
    const limit = Math.exp(-Math.min(rest, LARGEST_KNUTH_MEAN));
    for (let product = uniform(); product > limit; product *= uniform()) count++;
    rest -= LARGEST_KNUTH_MEAN;
  }
  return count;
}

function xoshiro128(seed: number): () => number {
  const fill = splitmix32(seed);
  let a = fill();
  let b = fill();
  let c = fill();
  let d = fill();
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return (result >>> 0) / 4294967296;
  };
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
