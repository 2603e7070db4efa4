import { delay } from '@fraudflow/core';
import { endOf, type LogReader, type Position, readOn } from './topic-reader.js';

/**
 * Sum of a topic's end offsets. It is at least the number of records: writers with fencing leave markers, which are not
 * records.
 */
export async function appendedCount(log: Pick<LogReader, 'offsets'>, topic: string): Promise<number> {
  const ranges = await log.offsets(topic);
  return ranges.reduce((sum, range) => sum + range.end, 0);
}

/** Counts the records of a topic after a position. */
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

  /** Counts the records from the present end on. */
  static async fromEnd(log: LogReader, topic: string): Promise<RecordCount> {
    return new RecordCount(log, topic, await endOf(log, topic));
  }

  /** Counts all records. */
  static fromBeginning(log: LogReader, topic: string): RecordCount {
    return new RecordCount(log, topic, []);
  }

  /** Reads and counts the new records. It costs as much as reading them. */
  async exact(): Promise<number> {
    for await (const _ of readOn(this.log, this.topic, this.position)) this.counted++;
    return this.counted;
  }

  /** An upper bound from the end offsets while that is below `wanted`, which is cheap; else the exact count. */
  async towards(wanted: number): Promise<number> {
    const atMost = (await appendedCount(this.log, this.topic)) - this.offsetsAtStart;
    return atMost < wanted ? atMost : this.exact();
  }
}

export interface CatchUp {
  /** Records counted so far. */
  readonly done: number;
  readonly wanted: number;
}

/**
 * Polls a count until it reaches `wanted`; yields at each poll. It also ends when the count has not changed for
 * `idleMs` (the missing records were rejected or duplicates) or when the signal aborts.
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
