import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { processEnvironment } from '@fraudflow/config';
import { invalidInput } from '@fraudflow/core';

/**
 * Sizes of the young and old generation in MiB. Without bounds V8 lets a service grow to several times the memory it
 * needs before it collects; these keep each service below 300 MB resident.
 */
const USUAL_HEAP = { young: 16, old: 192 };
/**
 * No pretenuring. V8 records allocation sites whose objects survive a collection, as those of a batch do while a
 * backlog is processed, and allocates all later objects of these sites in the old generation, where only a full
 * collection frees them. Batches are short-lived.
 */
const NO_PRETENURING = '--no-allocation-site-pretenuring';
/**
 * Growth of the old generation, in percent, before the next full collection. New buffers count as growth: with its own
 * factor V8 marked the whole heap three times a second, which took a third of the processor time.
 */
const growsBy = (percent: number): string => `--heap-growing-percent=${percent}`;
/**
 * Inlining budget. An event passes many small functions of the window engine; with the default (920) the optimizer
 * stops inlining half-way, which costs a tenth of the time.
 */
const INLINES_MORE = '--max-inlined-bytecode-size-cumulative=3000';
/**
 * Concurrent marking by one thread instead of four: on a machine of few cores more threads take time from the service
 * itself, Kafka and Redis.
 */
const SINGLE_MARKING_THREAD = '--concurrent-marking-max-worker-num=1';

/**
 * Garbage collection of the main thread by itself. Helpers of its own finish a collection sooner where cores are free;
 * where they are not, the main thread waits until each of them has got one: pauses of 50 to 75 ms instead of 3 to 10,
 * and a quarter of the throughput. Marking is not among them: `--no-parallel-marking` aborts V8 12.4 (Node 22) in the
 * first full collection beside concurrent marking, and gains nothing in later versions.
 */
const WITHOUT_HELPERS = ['--no-parallel-scavenge', '--no-parallel-compaction', '--no-parallel-pointer-update'];
/** Machines with at most this number of cores, which the services share with Kafka, Redis and Postgres. */
const FEW_CORES = 4;

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  'feature-store': [
    ...heapOf({ ...USUAL_HEAP, old: 208 }),
    growsBy(100),
    NO_PRETENURING,
    INLINES_MORE,
    SINGLE_MARKING_THREAD,
  ],
  'drift-monitor': [...heapOf(USUAL_HEAP), growsBy(100), NO_PRETENURING],
};
const USUAL_FLAGS = [...heapOf(USUAL_HEAP), NO_PRETENURING, SINGLE_MARKING_THREAD];

/**
 * The flags of node for a service. The old generation can be set by an operator: FRAUDFLOW_<SERVICE>_HEAP_MB.
 * @throws AppError invalid_input if that is not a whole number from 64 to 65536.
 */
export function nodeFlags(
  service: string,
  env: Readonly<Record<string, string>> = {},
  cores = availableParallelism(),
): readonly string[] {
  const flags = [...(FLAGS[service] ?? USUAL_FLAGS), ...(cores <= FEW_CORES ? WITHOUT_HELPERS : [])];
  const name = `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_HEAP_MB`;
  const heap = env[name] ?? processEnvironment()[name];
  if (heap === undefined || heap === '') return flags;
  const size = Number(heap);
  if (!Number.isInteger(size) || size < 64 || size > 65_536) {
    throw invalidInput(`${name} must be a whole number of MiB from 64 to 65536, not ${heap.slice(0, 20)}`, {
      field: name,
    });
  }
  return flags.map((flag) => (flag.startsWith('--max-old-space-size=') ? `--max-old-space-size=${size}` : flag));
}

/**
 * The flags that this version of node knows. V8 flags come and go between versions, and node refuses to start with an
 * unknown one: it is left out with a notice instead, which costs speed or memory, not the service.
 */
export function knownFlags(
  flags: readonly string[],
  notice: (text: string) => void,
  known: ReadonlySet<string> = flagsOfThisNode(),
): readonly string[] {
  return flags.filter((flag) => {
    const isKnown = known.has(normalised(flag));
    if (!isKnown) notice(`node ${process.version} does not know the flag ${flag}; it is left out`);
    return isKnown;
  });
}

let cachedFlags: ReadonlySet<string> | undefined;

/** Names of all V8 flags of the running node, asked for once. */
function flagsOfThisNode(): ReadonlySet<string> {
  if (cachedFlags === undefined) {
    const { stdout } = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
    const names = [...stdout.matchAll(/^\s+--(?:no-)?([a-z0-9_-]+)/gm)].map(([, name]) =>
      String(name).replaceAll('_', '-'),
    );
    cachedFlags = new Set(names);
  }
  return cachedFlags;
}

/**
 * `--no-allocation-site-pretenuring` and `--heap_growing_percent=80` name the flags `allocation-site-pretenuring` and
 * `heap-growing-percent`.
 */
function normalised(flag: string): string {
  return flag
    .replace(/^--(no-)?/, '')
    .replace(/=.*$/, '')
    .replaceAll('_', '-');
}

function heapOf({ young, old }: typeof USUAL_HEAP): readonly string[] {
  return [`--max-semi-space-size=${young}`, `--max-old-space-size=${old}`];
}
