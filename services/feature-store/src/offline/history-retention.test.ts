import { expect, test, vi } from 'vitest';
import { HistoryRetention } from './history-retention.js';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 30);

function aRetention(days: number, newestMs: number | undefined) {
  const dropBefore = vi.fn(async (_timeMs: number) => ['feature_rows_2020_01']);
  const events = { historyDropped: vi.fn(), retentionFailed: vi.fn() };
  const parts = { newestEventMs: async () => newestMs, stores: [{ dropBefore }], events, clock: { nowMs: () => NOW } };
  return { retention: new HistoryRetention(days, parts), dropBefore, events };
}

test('what is older than the days before the newest transaction goes, and is told', async () => {
  const { retention, dropBefore, events } = aRetention(365, NOW - 10 * DAY_MS);

  await retention.enforce();

  expect(dropBefore).toHaveBeenCalledExactlyOnceWith(NOW - 375 * DAY_MS);
  expect(events.historyDropped).toHaveBeenCalledExactlyOnceWith(new Date(NOW - 375 * DAY_MS), ['feature_rows_2020_01']);
});

test('a transaction dated ahead of the clock takes nothing with it', async () => {
  const { retention, dropBefore } = aRetention(365, NOW + 4_000 * DAY_MS);

  await retention.enforce();

  expect(dropBefore).toHaveBeenCalledExactlyOnceWith(NOW - 365 * DAY_MS);
});

test('what features look back to stays, whatever is asked for', async () => {
  const { retention, dropBefore } = aRetention(1, NOW);

  await retention.enforce();

  expect(dropBefore).toHaveBeenCalledExactlyOnceWith(NOW - 60 * DAY_MS);
});

test('without a setting, and without a transaction, everything stays', async () => {
  for (const { retention, dropBefore } of [aRetention(0, NOW), aRetention(365, undefined)]) {
    await retention.enforce();
    expect(dropBefore).not.toHaveBeenCalled();
  }
});

test('a failure is told, and the next round tries again', async () => {
  const { retention, dropBefore, events } = aRetention(365, NOW);
  dropBefore.mockRejectedValueOnce(new Error('away'));

  await retention.enforce();
  await retention.enforce();

  expect(events.retentionFailed).toHaveBeenCalledExactlyOnceWith(new Error('away'));
  expect(events.historyDropped).toHaveBeenCalledOnce();
});
