import { expect, test } from 'vitest';
import type { BusAdmin } from '../port/bus.js';
import type { RawRecord } from '../port/record.js';
import { rebuildStart } from './rebuild-start.js';

const TARGET = { topic: 'in', partition: 0 };
const DAY_MS = 86_400_000;
const REACH_MS = 50 * DAY_MS;

interface Entry {
  readonly appendedAtMs: number;
  readonly atMs: number;
}

/** A log whose offsets have gaps: two of three are control records. A read returns few records. */
function aLog(entries: readonly Entry[]): { admin: BusAdmin; range: { start: number; end: number } } {
  const records = entries.map(({ appendedAtMs, atMs }, i): RawRecord => {
    return { offset: 3 * i, key: null, value: Buffer.from(String(atMs)), headers: {}, appendedAtMs };
  });
  const range = { start: 0, end: 3 * entries.length };
  const read = async (_: unknown, from: number) => {
    const found = records.filter(({ offset }) => offset >= from).slice(0, 7);
    return { records: found, nextOffset: found.length === 0 ? range.end : (found.at(-1)?.offset ?? 0) + 1 };
  };
  return { admin: { read } as unknown as BusAdmin, range };
}

const eventTimeOf = ({ value }: RawRecord): number => {
  const atMs = Number(value?.toString());
  if (atMs < 0) throw new Error('unreadable');
  return atMs;
};
const startOf = ({ admin, range }: ReturnType<typeof aLog>): Promise<number> =>
  rebuildStart(admin, TARGET, range, { reachMs: REACH_MS, eventTimeOf });

test('live traffic is read from the first record appended within the reach of the end', async () => {
  const log = aLog(Array.from({ length: 1_000 }, (_, day) => ({ appendedAtMs: day * DAY_MS, atMs: day * DAY_MS })));

  const start = await startOf(log);

  const oldestAtEndMs = (999 - Math.floor(512 / 3)) * DAY_MS;
  expect(start).toBeGreaterThan(0);
  expect((start / 3) * DAY_MS).toBeLessThanOrEqual(oldestAtEndMs - REACH_MS + DAY_MS);
});

test('history that was appended long after it happened is read from the start', async () => {
  const nowMs = 20_000 * DAY_MS;
  const log = aLog(Array.from({ length: 1_000 }, (_, day) => ({ appendedAtMs: nowMs + day, atMs: day * DAY_MS })));

  expect(await startOf(log)).toBe(0);
});

test('with append times of a clock that is far behind, the whole log is read', async () => {
  const log = aLog(Array.from({ length: 1_000 }, (_, day) => ({ appendedAtMs: day, atMs: day * DAY_MS })));

  expect(await startOf(log)).toBe(0);
});

test('one record far ahead at the end does not move the start', async () => {
  const entries = Array.from({ length: 400 }, (_, i) => ({ appendedAtMs: 9_000 * DAY_MS + i, atMs: i * DAY_MS }));

  expect(await startOf(aLog([...entries, { appendedAtMs: 9_001 * DAY_MS, atMs: 99_000 * DAY_MS }]))).toBe(0);
});

test('unreadable records are ignored, and a log of such records is read from its start', async () => {
  const bad = { appendedAtMs: 900 * DAY_MS, atMs: -1 };
  const good = { appendedAtMs: 900 * DAY_MS, atMs: 900 * DAY_MS };

  expect(await startOf(aLog([bad, bad]))).toBe(0);
  expect(await startOf(aLog([{ appendedAtMs: 0, atMs: 0 }, ...Array.from({ length: 600 }, () => good), bad]))).toBe(1);
  expect(await startOf(aLog([]))).toBe(0);
});
