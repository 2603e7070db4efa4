import type { EntityPlan, Span } from './entity-plan.js';
import { END, type RingLayout } from './ring-layout.js';

/** What a cursor is: an end with at most a sum, the head of a window that keeps more, the tail of windows that keep numbers. */
export const SUM_ONLY = 0;
export const HEAD = 1;
export const TAIL = 2;
/** As a head, but only in a ring of very many rows. */
export const HOT_HEAD = 3;
export const CURSOR_STEP = 6;

/** Which windows keep more than a sum, if so many may keep their amounts in order. */
export function keepMore(spans: readonly Span[], orders: number): readonly boolean[] {
  return spans.map(({ hasSquares, order }) => hasSquares || (order >= 0 && order < orders));
}

/** What moves on with time, tails and then heads: word, word of its end, age to pass it, double of its sum, what it is, window. */
export function cursorsOf({ spans, delays }: EntityPlan, layout: RingLayout): Int32Array {
  const hasMoreHot = keepMore(spans, Infinity);
  const hasMore = keepMore(spans, layout.orderCount);
  const hasNumbers = spans.map(({ hasSum }, s) => hasSum || hasMoreHot[s]);
  const hasTailNumbers = delays.map((_, d) => spans.some((span, i) => span.delay === d && hasNumbers[i]));
  const tailOf = (delay: number): number => layout.tailAt[delay] as number;
  const tails = delays.map((delayMs, d) => [tailOf(d), END, delayMs, -1, hasTailNumbers[d] ? TAIL : SUM_ONLY, -1]);
  const heads = spans.map(({ edgeMs, delay }, i) => {
    const is = hasMore[i] ? HEAD : hasMoreHot[i] ? HOT_HEAD : SUM_ONLY;
    return [layout.headAt[i], delay < 0 ? END : tailOf(delay), edgeMs, layout.sumAt[i], is, i];
  });
  return Int32Array.from([...tails, ...heads].flat() as number[]);
}
