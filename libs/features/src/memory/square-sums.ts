/** Amounts are split at 2^20, so that all parts of a sum of squares stay integers below 2^53. */
const SPLIT = 1_048_576;

/** Parts of a sum of squares: high halves squared, high × low, low halves squared. */
export const SQUARE_PARTS = 3;

/** Adds sign × amount² to the parts that begin at `at`. */
export function addSquare(parts: Float64Array, at: number, amount: number, sign: 1 | -1): void {
  if (amount < SPLIT && amount > -SPLIT) {
    parts[at + 2] = (parts[at + 2] as number) + sign * amount * amount;
    return;
  }
  const high = Math.trunc(amount / SPLIT);
  const low = amount - high * SPLIT;
  parts[at] = (parts[at] as number) + sign * high * high;
  parts[at + 1] = (parts[at + 1] as number) + sign * high * low;
  parts[at + 2] = (parts[at + 2] as number) + sign * low * low;
}

/**
 * count × sum of squares − sum², as the double nearest to the exact value. Both terms may be large and nearly equal, so
 * the difference is computed in integers, as bigints where doubles would round.
 */
export function spread(count: number, sum: number, parts: Float64Array): number {
  const high = parts[0] as number;
  const mixed = parts[1] as number;
  const low = parts[2] as number;
  const square = high * SPLIT * SPLIT + 2 * SPLIT * mixed + low;
  if (count * square < Number.MAX_SAFE_INTEGER) return count * square - sum * sum;
  const split = BigInt(SPLIT);
  const exact = BigInt(high) * split * split + 2n * split * BigInt(mixed) + BigInt(low);
  return Number(BigInt(count) * exact - BigInt(sum) * BigInt(sum));
}
