import { delay } from '@fraudflow/core';
import { endOf, type LogReader, type Position, readOn } from '../export/topic-reader.js';

/**
 * Total of a topic's end offsets. At least the number of its records: fenced writers leave markers that readers do not
 * see.
 */
export async function appendedCount(log: Pick<LogReader, 'offsets'>, topic: string): Promise<number> {
  const ranges = await log.offsets(topic);
  return ranges.reduce((sum, range) => sum + range.end, 0);
}

/** Counts the records of a topic behind a position. */
export class RecordCount {
  private counted = 0;
  private readonly offsetsAtStart: number;

  private constructor(
    private readonly log: LogReader,
    private readonly topic: string,
    private readonly position: Position,
  ) {
    this.offsetsAtStart = position.reduce((sum, offset) => sum + offset, 0);
  }

  /** Counts what comes from now on. */
  static async fromEnd(log: LogReader, topic: string): Promise<RecordCount> {
    return new RecordCount(log, topic, await endOf(log, topic));
  }

  /** Counts all there is. */
  static fromBeginning(log: LogReader, topic: string): RecordCount {
    return new RecordCount(log, topic, []);
  }

  /** Reads and counts what is new. Costs as much as reading it. */
  async exact(): Promise<number> {
    for await (const _ of readOn(this.log, this.topic, this.position)) this.counted++;
    return this.counted;
  }

  /** Cheap while far from `wanted`: then the end offsets are used, which are never too low; exact from there on. */
  async towards(wanted: number): Promise<number> {
    const atMost = (await appendedCount(this.log, this.topic)) - this.offsetsAtStart;
    return atMost < wanted ? atMost : this.exact();
  }
}

export interface CatchUp {
  /** Records that came out. */
  readonly done: number;
  readonly wanted: number;
}

/**
 * Watches a count rise to what is wanted; yields at each look. Ends when it is reached, when nothing moved for `idleMs`
 * (the difference then will not come: rejected or duplicate records) or when the signal aborts.
 */
export async function* awaitCount(
  count: () => Promise<number>,
  wanted: number,
  { idleMs = 15_000, everyMs = 250, signal }: { idleMs?: number; everyMs?: number; signal?: AbortSignal } = {},
): AsyncGenerator<CatchUp> {
  let idleForMs = 0;
  let last = -1;
  while (!signal?.aborted) {
    const done = await count();
    yield { done, wanted };
    idleForMs = done === last ? idleForMs + everyMs : 0;
    last = done;
    if (done >= wanted || idleForMs >= idleMs) return;
    await delay(everyMs, signal);
  }
}
