import { DAY_MS } from '@fraudflow/core';
import type { KnownTransaction } from '../naive-features.js';
import { FaultStack } from './fault-stack.js';
import { FeatureTail, type Findings } from './feature-tail.js';
import type { Expectations } from './oracle.js';
import { untilCaughtUp } from './stage-places.js';
import { allKeys, stateDigests } from './state-snapshot.js';
import { expectationsOf, type Pace, stream, type Stretch } from './stream.js';

/**
 * Pace of live traffic: event times of in-flight records differ by at most this, which is well within the allowed
 * lateness.
 */
export const LIVE: Pace = { leadMs: 3 * DAY_MS };

/** The result of a run after all records are processed. */
export interface RunResult {
  readonly findings: Findings;
  readonly states: ReadonlyMap<string, string>;
  /** Every key of the online store. */
  readonly keys: readonly string[];
}

/** The reference run, which every other run must equal. */
export interface UndisturbedResult extends RunResult {
  /** Number of entity states that were evicted from the worker's cache and read from Redis again. */
  readonly evictions: number;
}

export interface SendOptions {
  readonly pace?: Pace;
  /** Replaces the default way of sending a piece of the rows. */
  readonly send?: Stretch['send'];
}

/** One run: its servers, a reader of the output, and the traffic. */
export class FaultRun {
  private constructor(
    readonly stack: FaultStack,
    readonly rows: readonly KnownTransaction[],
    readonly tail: FeatureTail,
  ) {}

  static async start(
    rows: readonly KnownTransaction[],
    expectations: Expectations = expectationsOf(rows),
  ): Promise<FaultRun> {
    const stack = await FaultStack.start();
    const tail = new FeatureTail(stack.bus.admin, expectations);
    tail.start();
    return new FaultRun(stack, rows, tail);
  }

  /** Sends the rows of [from, to), given as shares of all. */
  send(from = 0, to = 1, { pace = LIVE, send }: SendOptions = {}): Promise<void> {
    const { stack, tail, rows } = this;
    const bus = { admin: stack.bus.admin, producer: stack.producer };
    return stream(bus, tail, { rows, from: this.at(from), to: this.at(to), ...(send && { send }) }, pace);
  }

  /** Waits until this share of all rows has output records. */
  untilOut(share: number, timeoutMs?: number): Promise<void> {
    return this.tail.until(this.at(share), timeoutMs);
  }

  /** Waits until all sent rows have output records and nothing is in flight, then returns the result. */
  async finish(share = 1, timeoutMs?: number): Promise<RunResult> {
    await this.untilOut(share, timeoutMs);
    await untilCaughtUp(this.stack, timeoutMs);
    await this.tail.untilEnd();
    return {
      findings: this.tail.findings(),
      states: await stateDigests(this.stack),
      keys: (await allKeys(this.stack)).flat(),
    };
  }

  async stop(options: { readonly keepFiles?: boolean } = {}): Promise<void> {
    await this.tail.stop();
    await this.stack.stop(options);
  }

  private at(share: number): number {
    return Math.round(share * this.rows.length);
  }
}

/** Runs one worker without faults: the reference for all other runs. */
export async function undisturbedRun(
  rows: readonly KnownTransaction[],
  expectations?: Expectations,
): Promise<UndisturbedResult> {
  const run = await FaultRun.start(rows, expectations);
  try {
    const worker = await run.stack.startWorker('undisturbed');
    await run.send();
    const result = await run.finish();
    return { ...result, evictions: await worker.metric('feature_store_evicted_entities_total') };
  } finally {
    await run.stop();
  }
}
