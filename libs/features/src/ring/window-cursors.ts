import type { EntityPlan, Span } from '../plan/entity-plan.js';
import { END, type RingLayout } from './ring-layout.js';

/**
 * Kinds of cursors: an end with at most a sum; the head of a window that keeps more; the tail of windows with
 * aggregates.
 */
export const SUM_ONLY = 0;
export const HEAD = 1;
export const TAIL = 2;
/** As `HEAD`, but only in a large ring. */
export const LARGE_HEAD = 3;
export const CURSOR_STEP = 6;

/** Which windows keep more than a sum, if the first `orders` windows may keep ordered amounts. */
export function keepMore(spans: readonly Span[], orders: number): readonly boolean[] {
  return spans.map(({ hasSquares, order }) => hasSquares || (order >= 0 && order < orders));
}

/**
 * The cursors as a flat array, tails before heads. Per cursor: its word, the word of its end, the age at which it
 * passes a row, the double of its sum, its kind, its window.
 */
export function cursorsOf({ spans, delays }: EntityPlan, layout: RingLayout): Int32Array {
  const hasMoreLarge = keepMore(spans, Infinity);
  const hasMore = keepMore(spans, layout.orderCount);
  const hasNumbers = spans.map(({ hasSum }, s) => hasSum || hasMoreLarge[s]);
  const hasTailNumbers = delays.map((_, d) => spans.some((span, i) => span.delay === d && hasNumbers[i]));
  const tailOf = (delay: number): number => layout.tailAt[delay] as number;
  const tails = delays.map((delayMs, d) => [tailOf(d), END, delayMs, -1, hasTailNumbers[d] ? TAIL : SUM_ONLY, -1]);
  const heads = spans.map(({ edgeMs, delay }, i) => {
    const is = hasMore[i] ? HEAD : hasMoreLarge[i] ? LARGE_HEAD : SUM_ONLY;
    return [layout.headAt[i], delay < 0 ? END : tailOf(delay), edgeMs, layout.sumAt[i], is, i];
  });
  return Int32Array.from([...tails, ...heads].flat() as number[]);
}
