/**
 * Seeded linear congruential generator for reproducible tests. It returns numbers from 0 (inclusive) to 1 (exclusive).
 * Source: Press et al., Numerical Recipes, `ranqd1`.
 */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
