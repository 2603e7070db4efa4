/** Deterministic pseudo-random numbers for simulations and tests; not for secrets. */
export interface SeededRandom {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/**
 * Small fast counter generator (sfc32) with Box-Muller normals.
 *
 * The same seed gives the same `uniform` numbers on every machine. The last bit of `normal` depends on the engine's log
 * and cos.
 *
 * @param seed unsigned 32-bit integer.
 * @returns a generator; each call of its methods gives the next number.
 * @example seededRandom(7).uniform()
 * @see [1] C. Doty-Humphrey, PractRand: sfc32.
 */
export function seededRandom(seed: number): SeededRandom {
  const uniform = sfc32(seed >>> 0);
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, normal };
}

function sfc32(seed: number): () => number {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  // Discards the first outputs, because they correlate with the seed.
  for (let i = 0; i < 15; i++) next();
  return next;
}
