/**
 * Linear congruential generator of the golden vectors: s ← (1664525·s + 1013904223) mod 2³², u = s/2³².
 *
 * Bit-exact in any language with 64-bit floats, which is its only purpose. Its low bits are poor: simulate with
 * `seededRandom`.
 *
 * @param seed unsigned 32-bit integer.
 * @returns function giving the next u in [0, 1).
 * @example lcg(1)() // 0.23645552527159452
 * @see [1] Numerical Recipes, 2nd ed., section 7.1 ("ranqd1").
 */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
