import { KNOWN_WORDS } from '../ring/ring-layout.js';
import type { Rings } from '../ring/rings.js';

/**
 * Known frauds of a ring, summarised in its header: per fraud window the range of the fraud list inside it, and, where
 * a feature needs them, the newest and oldest fraud. An event then reads neither the list nor rows.
 */
export class KnownFrauds {
  readonly #rings: Rings;
  #times = new Float64Array(16);

  constructor(rings: Rings) {
    this.#rings = rings;
  }

  /**
   * Stores an ascending list of known frauds, by sequence number, as of the newest row.
   * @returns when a fraud enters or leaves a window next; Infinity if none will
   */
  note(block: number, frauds: readonly number[]): number {
    const { plan, layout, arena, rows } = this.#rings;
    const { i32 } = arena;
    const atMs = rows.newestOf(block);
    this.#findTimes(block, frauds);
    let dueAtMs = Infinity;
    for (let s = 0; s < plan.fraudSpans.length; s++) {
      const { delayMs, edgeMs } = plan.fraudSpans[s] as { readonly delayMs: number; readonly edgeMs: number };
      const from = this.#firstAfter(atMs - edgeMs, frauds.length);
      const to = this.#firstAfter(atMs - delayMs, frauds.length);
      i32[block + (layout.fraudFromAt[s] as number)] = from;
      i32[block + (layout.fraudToAt[s] as number)] = to;
      if (from < frauds.length) dueAtMs = Math.min(dueAtMs, (this.#times[from] as number) + edgeMs);
      if (to < frauds.length) dueAtMs = Math.min(dueAtMs, (this.#times[to] as number) + delayMs);
      const known = layout.knownAt[s] as number;
      if (known !== 0 && from < to) this.#noteEnds(block, known, { from, to, frauds });
    }
    return dueAtMs;
  }

  #noteEnds(
    block: number,
    known: number,
    { from, to, frauds }: { readonly from: number; readonly to: number; readonly frauds: readonly number[] },
  ): void {
    const { arena, rows } = this.#rings;
    const newest = (frauds[to - 1] as number) - this.#rings.baseOf(block);
    arena.f64[(block + known) >> 1] = this.#times[to - 1] as number;
    arena.f64[((block + known) >> 1) + 1] = this.#times[from] as number;
    arena.i32[block + known + KNOWN_WORDS - 2] = newest;
    arena.i32[block + known + KNOWN_WORDS - 1] = rows.attributesOf(block, newest);
  }

  #findTimes(block: number, frauds: readonly number[]): void {
    const { rows } = this.#rings;
    if (frauds.length > this.#times.length) this.#times = new Float64Array(2 * frauds.length);
    const base = this.#rings.baseOf(block);
    for (let i = 0; i < frauds.length; i++) this.#times[i] = rows.timeOf(block, (frauds[i] as number) - base);
  }

  /** Position of the first fraud later than a time. */
  #firstAfter(timeMs: number, count: number): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] as number) <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
