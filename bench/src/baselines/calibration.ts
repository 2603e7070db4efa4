/** Elements of the table: 32 MiB, more than the caches near a core hold, like the states of the window engine. */
const ELEMENTS = 2 ** 22;
const SEED = 2_463_534_242;
const PASSES = 3;
const STEPS = 20_000_000;

/**
 * Speed of this machine: steps a second of a fixed loop that draws an index, reads that element of a large table and
 * writes it back. It uses arithmetic and memory as the window engine does, so that the ratio of the two speeds is
 * nearly the same on every machine.
 * @param steps of one pass, at least 1. The fastest of three passes counts, after one pass for the compiler.
 * @param nowMs a monotonic clock, ms with fractions
 */
export function calibrationSpeed(steps = STEPS, nowMs: () => number = () => performance.now()): number {
  const table = new Float64Array(ELEMENTS);
  walk(table, steps);
  let fastestMs = Infinity;
  for (let pass = 0; pass < PASSES; pass++) {
    const beganMs = nowMs();
    walk(table, steps);
    fastestMs = Math.min(fastestMs, nowMs() - beganMs);
  }
  return (steps * 1_000) / fastestMs;
}

/** Draws indexes with xorshift32. */
function walk(table: Float64Array, steps: number): void {
  let x = SEED | 0;
  for (let step = 0; step < steps; step++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    const at = x & (ELEMENTS - 1);
    table[at] = (table[at] as number) * 0.5 + step;
  }
}
