import type { Arena } from './arena.js';
import type { EntityPlan, PlannedFeature } from './entity-plan.js';
import { Op } from './feature-op.js';
import { END, FRAUD_CELLS, FRAUDS, type RingLayout } from './ring-layout.js';
import { MINOR_PER_MAJOR } from './transaction-features.js';

const COUNT = 0;
const MEAN = 1;
const FRAUD_COUNT = 2;
const FRAUD_SHARE = 3;
const KINDS: Readonly<Partial<Record<Op, number>>> = {
  [Op.count]: COUNT,
  [Op.mean]: MEAN,
  [Op.fraudCount]: FRAUD_COUNT,
  [Op.fraudShare]: FRAUD_SHARE,
};

/**
 * The features that are a running number or the ratio of two, written straight from a ring's header: most of all, and of every
 * event. The others need a reading.
 */
export class RunningFeatures {
  /** Features left to be evaluated from a reading. */
  readonly others: readonly PlannedFeature[];
  readonly #arena: Arena;
  readonly #kind: Uint8Array;
  readonly #slot: Int32Array;
  readonly #head: Int32Array;
  readonly #end: Int32Array;
  readonly #sum: Int32Array;
  readonly #frauds: Int32Array;

  constructor(arena: Arena, { features, spans }: EntityPlan, layout: RingLayout) {
    const isRunning = ({ op, withCurrent }: PlannedFeature): boolean => KINDS[op] !== undefined && withCurrent;
    const running = features.filter(isRunning);
    const at = (words: Int32Array, index: number): number => words[index] ?? 0;
    const endOf = ({ span }: PlannedFeature): number => {
      const delay = spans[span]?.delay ?? -1;
      return delay < 0 ? END : at(layout.tailAt, delay);
    };
    this.others = features.filter((feature) => !isRunning(feature));
    this.#arena = arena;
    this.#kind = Uint8Array.from(running, ({ op }) => KINDS[op] ?? COUNT);
    this.#slot = Int32Array.from(running, ({ slot }) => slot);
    this.#head = Int32Array.from(running, ({ span }) => at(layout.headAt, span));
    this.#end = Int32Array.from(running, endOf);
    this.#sum = Int32Array.from(running, ({ span }) => at(layout.sumAt, span));
    this.#frauds = Int32Array.from(running, ({ fraudSpan }) => layout.fraudsAt + FRAUD_CELLS * fraudSpan);
  }

  /** Writes them as of the newest row of the ring that begins at `p`. */
  write(p: number, out: Float64Array): void {
    const { i32, f64 } = this.#arena;
    const hasFrauds = i32[p + FRAUDS] !== 0;
    for (let i = 0; i < this.#kind.length; i++) {
      const kind = this.#kind[i] as number;
      const slot = this.#slot[i] as number;
      if (kind >= FRAUD_COUNT && !hasFrauds) {
        out[slot] = 0;
        continue;
      }
      const cell = p + (this.#frauds[i] as number);
      if (kind === FRAUD_COUNT) {
        out[slot] = (i32[cell + 1] as number) - (i32[cell] as number);
        continue;
      }
      const count = (i32[p + (this.#end[i] as number)] as number) - (i32[p + (this.#head[i] as number)] as number);
      if (kind === COUNT || count === 0) out[slot] = count;
      else if (kind === MEAN)
        out[slot] = (f64[(p >> 1) + (this.#sum[i] as number)] as number) / (MINOR_PER_MAJOR * count);
      else out[slot] = ((i32[cell + 1] as number) - (i32[cell] as number)) / count;
    }
  }
}
