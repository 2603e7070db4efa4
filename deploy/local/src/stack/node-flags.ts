/**
 * Young and old generation in MiB. Left to itself V8 lets a service grow to several times what it needs before it collects;
 * these bounds keep each below 300 MB resident.
 */
const USUAL_HEAP = { young: 16, old: 192 };
/**
 * V8 notes where objects are made that outlive a collection, as a round's do while a backlog is worked off, and makes all later ones of these
 * places in the old generation, where only a collection of the whole heap finds them dead. Rounds come and go: they belong in the young one.
 */
const YOUNG_IS_YOUNG = '--no-allocation-site-pretenuring';
/** New buffers count as growth of the old generation: by its own measure V8 would mark all of the heap three times a second, a third of the processor's time. */
const growsBy = (percent: number): string => `--heap-growing-percent=${percent}`;
/** An event goes through many small functions of the window engine: with the usual bound (920) the optimizer stops inlining half-way. A tenth of its time. */
const INLINES_MORE = '--max-inlined-bytecode-size-cumulative=3000';
/** A whole heap is marked beside the work, by four threads as V8 likes it: on few cores that is instead of the work, the log's and the store's included. */
const MARKS_ASIDE = '--concurrent-marking-max-worker-num=1';

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  'feature-store': [...heapOf({ ...USUAL_HEAP, old: 208 }), growsBy(80), YOUNG_IS_YOUNG, INLINES_MORE, MARKS_ASIDE],
  'drift-monitor': [...heapOf(USUAL_HEAP), growsBy(100), YOUNG_IS_YOUNG],
};
const USUAL_FLAGS = [...heapOf(USUAL_HEAP), YOUNG_IS_YOUNG];

/** What node is started with for a service, by its name. */
export function nodeFlags(service: string): readonly string[] {
  return FLAGS[service] ?? USUAL_FLAGS;
}

function heapOf({ young, old }: typeof USUAL_HEAP): readonly string[] {
  return [`--max-semi-space-size=${young}`, `--max-old-space-size=${old}`];
}
