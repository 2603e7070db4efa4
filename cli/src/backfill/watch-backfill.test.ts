import { featuresV1 } from '@fraudflow/contracts';
import { invalidInput, unavailable } from '@fraudflow/core';
import { expect, test } from 'vitest';
import type { Backfill } from './backfill-client.js';
import { progressText } from './describe-backfill.js';
import { StallNotice } from './stall-notice.js';
import { watchBackfill } from './watch-backfill.js';

const { BACKFILL_STATE_ACTIVE, BACKFILL_STATE_RUNNING } = featuresV1.BackfillState;
const { signal } = new AbortController();

function aBackfill(rowsDone: number, state = BACKFILL_STATE_RUNNING): Backfill {
  return featuresV1.Backfill.create({ id: 'b1', featureService: 'v2', rowsDone, rowsTotal: 200, state });
}

/** Returns these responses, or throws them. */
function answering(...answers: readonly (Backfill | Error)[]) {
  const left = [...answers];
  return {
    get: async (): Promise<Backfill> => {
      const answer = left.shift() ?? unavailable('no more answers');
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

async function seen(client: ReturnType<typeof answering>, patienceMs = 60_000): Promise<readonly number[]> {
  const rows: number[] = [];
  for await (const { rowsDone } of watchBackfill(client, aBackfill(0), { signal, everyMs: 0, patienceMs })) {
    rows.push(rowsDone);
  }
  return rows;
}

test('a feature store that is unavailable for a short time is polled again', async () => {
  const client = answering(aBackfill(50), unavailable('away'), aBackfill(200, BACKFILL_STATE_ACTIVE));

  expect(await seen(client)).toEqual([0, 50, 50, 200]);
});

test('if it stays unavailable, or refuses, the watch ends with an error', async () => {
  await expect(seen(answering(unavailable('away')), -1)).rejects.toThrow('away');
  await expect(seen(answering(invalidInput('no')))).rejects.toThrow('no');
});

test('progress shows rate and remaining time once there is one', () => {
  const bar = `${'█'.repeat(15)}${'░'.repeat(15)}`;

  expect(progressText(aBackfill(100), { rowsDone: 0, elapsedMs: 2_000 })).toBe(
    `${bar} 100 of 200 rows, 50/s, 2.0 s left`,
  );
  expect(progressText(aBackfill(100), { rowsDone: 100, elapsedMs: 0 })).toBe(`${bar} 100 of 200 rows`);
});

test('a backfill without progress for a minute is reported once, until it progresses again', () => {
  const said: string[] = [];
  let nowMs = 0;
  const notice = new StallNotice(
    aBackfill(0),
    (text) => said.push(text),
    () => nowMs,
  );

  for (const [atMs, rowsDone] of [
    [59_999, 0],
    [60_000, 0],
    [90_000, 0],
    [91_000, 10],
    [150_000, 10],
    [151_000, 10],
  ] as const) {
    nowMs = atMs;
    notice.update(aBackfill(rowsDone));
  }

  expect(said).toHaveLength(2);
  expect(said[0]).toContain('./fraudflow features backfill v2');
});
