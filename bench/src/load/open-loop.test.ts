import { unavailable } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { type CallResult, type LoadTime, OpenLoop } from './open-loop.js';
import { RequestQueue } from './request-queue.js';

/** A clock that a test advances; timers run in order. */
class HandTime implements LoadTime {
  private ms = 0;
  private timers: { atMs: number; run: () => void }[] = [];

  nowMs(): number {
    return this.ms;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.ms + ms, run };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((one) => one !== timer));
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.ms + ms;
    for (;;) {
      const next = this.timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.ms = Math.max(this.ms, next.atMs);
      next.run();
      await Promise.resolve();
    }
    this.ms = untilMs;
    for (let n = 0; n < 10; n++) await Promise.resolve();
  }

  /** Advances time without running a timer, as in a stalled process. */
  stall(ms: number): void {
    this.ms += ms;
  }
}

function aLoop(perSecond: number, call: () => Promise<void>, next: () => string | undefined = () => 'request') {
  const time = new HandTime();
  const results: CallResult[] = [];
  const done = (result: CallResult): void => void results.push(result);
  const loop = new OpenLoop({ perSecond, next, call, done }, time);
  return { time, results, loop };
}

test('the rate of calls does not depend on the responses', async () => {
  let calls = 0;
  const never = new Promise<void>(() => undefined);
  const { time, loop } = aLoop(500, () => {
    calls++;
    return never;
  });

  loop.start();
  await time.pass(1_000);

  expect(calls).toBe(501);
});

test('a stall counts in the latency of every call that was due during it', async () => {
  const { time, results, loop } = aLoop(100, () => Promise.resolve());
  loop.start();
  await time.pass(50);
  results.length = 0;

  time.stall(1_000);
  await time.pass(1);

  expect(results.length).toBeGreaterThanOrEqual(100);
  expect(Math.max(...results.map((result) => result.latencyMs))).toBeGreaterThanOrEqual(990);
});

test('a failed call is counted under its kind', async () => {
  const { time, results, loop } = aLoop(1, () => Promise.reject(unavailable('no model')));

  loop.start();
  await time.pass(10);

  expect(results.map((result) => result.failure)).toEqual(['unavailable']);
});

test('a call that is due without a request is skipped and not repeated later', async () => {
  let isThere = false;
  let calls = 0;
  const call = async (): Promise<void> => void calls++;
  const { time, loop } = aLoop(100, call, () => (isThere ? 'request' : undefined));
  loop.start();
  await time.pass(1_000);

  isThere = true;
  await time.pass(100);

  expect(calls).toBe(10);
});

test('stopping waits for the calls in flight', async () => {
  let answer: () => void = () => undefined;
  const { time, loop } = aLoop(1, () => new Promise<void>((resolve) => (answer = resolve)));
  loop.start();
  await time.pass(1);

  let isStopped = false;
  const stopping = loop.stop().then(() => (isStopped = true));
  await time.pass(5_000);
  expect(isStopped).toBe(false);
  answer();
  await stopping;

  expect(isStopped).toBe(true);
});

test('new requests are made first and once, and repeated ones get new ids', () => {
  const input = { transactionId: 't1', occurredAtMs: 0, customerId: 'c', terminalId: 'm', amountMinor: 1 };
  const queue = new RequestQueue();
  expect(queue.next()).toBeUndefined();

  queue.repeat([input]);
  queue.add([{ ...input, transactionId: 'fresh' }]);

  expect([queue.next(), queue.next(), queue.next()].map((one) => one?.transactionId)).toEqual([
    'fresh',
    't1-p1',
    't1-p2',
  ]);
});

test('the oldest requests are dropped when more are added than called', () => {
  const queue = new RequestQueue();

  queue.add(
    Array.from({ length: 1_500 }, (_, n) => ({
      transactionId: `t${n}`,
      occurredAtMs: 0,
      customerId: 'c',
      terminalId: 'm',
      amountMinor: 1,
    })),
  );

  expect(queue.next()?.transactionId).toBe('t500');
});
