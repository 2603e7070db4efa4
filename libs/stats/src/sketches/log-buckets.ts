/** Buckets per doubling: a bucket's middle is within 1/64 of every value in it. */
const PER_DOUBLING = 32;
const LOG2_PER_DOUBLING = 5;
const WORD = 2 ** 31;
/** Values beyond 2^43, 278 years in ms, share the last bucket. */
const MAX_DOUBLING = 42;

/** Number of buckets of `logBucketOf`. */
export const LOG_BUCKETS = PER_DOUBLING + (MAX_DOUBLING - LOG2_PER_DOUBLING + 1) * PER_DOUBLING;

/**
 * The bucket of a value whose order of magnitude matters, such as a lag in ms. Whole values below 32 have a bucket
 * each. Above, there are 32 buckets per doubling. Values ≤ 0 are in bucket 0.
 *
 * @param value in any unit; values from 2^43 on share the last bucket.
 * @returns index from 0 to `LOG_BUCKETS` − 1.
 * @see [1] G. Tene, HdrHistogram: the same idea of equal buckets within each doubling.
 */
export function logBucketOf(value: number): number {
  if (!(value >= 1)) return 0;
  if (value < PER_DOUBLING) return Math.floor(value);
  const doubling = value < WORD ? 31 - Math.clz32(value) : Math.min(MAX_DOUBLING, Math.floor(Math.log2(value)));
  const part = Math.min(PER_DOUBLING - 1, Math.floor(value / 2 ** (doubling - LOG2_PER_DOUBLING)) - PER_DOUBLING);
  return (doubling - LOG2_PER_DOUBLING + 1) * PER_DOUBLING + part;
}

/**
 * The middle of a bucket, within 1/64 of every value in it. Exact for buckets below 32.
 *
 * @param bucket index of {@link logBucketOf}.
 * @returns a value in the unit of the bucketed values.
 * @see [1] G. Tene, HdrHistogram.
 */
export function logBucketMiddle(bucket: number): number {
  if (bucket < PER_DOUBLING) return bucket;
  const doubling = Math.floor(bucket / PER_DOUBLING) - 1 + LOG2_PER_DOUBLING;
  return (PER_DOUBLING + (bucket % PER_DOUBLING) + 0.5) * 2 ** (doubling - LOG2_PER_DOUBLING);
}

/**
 * Quantile of counts per bucket: the middle of the bucket that holds the value of that rank.
 *
 * @param counts rows per bucket, `LOG_BUCKETS` values. @param q in [0, 1].
 * @returns a value in the unit of the bucketed values; NaN if nothing was counted.
 * @see [1] G. Tene, HdrHistogram.
 */
export function logBucketQuantile(counts: ArrayLike<number>, q: number): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] as number;
  if (total === 0) return Number.NaN;
  const rank = Math.max(1, Math.ceil(q * total));
  let seen = 0;
  let bucket = 0;
  while ((seen += counts[bucket] as number) < rank) bucket++;
  return logBucketMiddle(bucket);
}
