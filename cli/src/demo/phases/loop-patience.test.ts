import { expect, test } from 'vitest';
import type { DemoContext } from '../context/demo-context.js';
import { remainingMs, whileAtWork } from './loop-patience.js';

const MINUTE_MS = 60_000;

/** A demo whose history began this time ago, by a clock that the test advances. */
function aDemo(): {
  readonly context: Pick<DemoContext, 'board' | 'options'>;
  readonly ended: { count: number };
  passMs(ms: number): void;
  mayGoOn(): boolean;
} {
  let now = 0;
  const context = {
    board: { sinceMs: () => now },
    options: { patienceMs: 200_000 },
  } as unknown as Pick<DemoContext, 'board' | 'options'>;
  const ended = { count: 2 };
  const mayGoOn = whileAtWork(
    context,
    () => ({ signs: ended.count, chances: ended.count }),
    () => now,
  );
  return {
    context,
    ended,
    passMs: (ms) => {
      now += ms;
    },
    mayGoOn,
  };
}

test('the remaining patience is at least a minute, also for a late demo', () => {
  const { context, passMs } = aDemo();

  passMs(50_000);
  const early = remainingMs(context);
  passMs(250_000);

  expect([early, remainingMs(context)]).toEqual([150_000, MINUTE_MS]);
});

test('the demo waits for slow trainings as long as they end one after the other', () => {
  const { ended, passMs, mayGoOn } = aDemo();

  const answers = [1, 2, 3].map(() => {
    passMs(1.5 * MINUTE_MS);
    ended.count++;
    return mayGoOn();
  });
  passMs(2 * MINUTE_MS);

  expect(answers).toEqual([true, true, true]);
  expect(mayGoOn()).toBe(false);
});

test('the wait ends after many unsuccessful challengers, and after the longest allowed time', () => {
  const many = aDemo();
  many.ended.count += 8;
  const endless = aDemo();
  for (let minute = 0; minute < 10; minute++) {
    endless.passMs(MINUTE_MS);
    endless.ended.count += minute % 2;
    endless.mayGoOn();
  }

  expect([many.mayGoOn(), endless.mayGoOn()]).toEqual([false, false]);
});
