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

test('history older than the retention before the newest transaction is deleted and reported', async () => {
  const { retention, dropBefore, events } = aRetention(365, NOW - 10 * DAY_MS);

  await retention.enforce();

  expect(dropBefore).toHaveBeenCalledExactlyOnceWith(NOW - 375 * DAY_MS);
  expect(events.historyDropped).toHaveBeenCalledExactlyOnceWith(new Date(NOW - 375 * DAY_MS), ['feature_rows_2020_01']);
});

test('a transaction dated in the future does not extend the deletion', async () => {
  const { retention, dropBefore } = aRetention(365, NOW + 4_000 * DAY_MS);

  await retention.enforce();

  expect(dropBefore).toHaveBeenCalledExactlyOnceWith(NOW - 365 * DAY_MS);
});

test('history within the lookback of features is kept, whatever the setting', async () => {
  const { retention, dropBefore } = aRetention(1, NOW);

  await retention.enforce();

  expect(dropBefore).toHaveBeenCalledExactlyOnceWith(NOW - 60 * DAY_MS);
});

test('without a setting or without a transaction, nothing is deleted', async () => {
  for (const { retention, dropBefore } of [aRetention(0, NOW), aRetention(365, undefined)]) {
    await retention.enforce();
    expect(dropBefore).not.toHaveBeenCalled();
  }
});

test('a failure is reported, and the next round retries', async () => {
  const { retention, dropBefore, events } = aRetention(365, NOW);
  dropBefore.mockRejectedValueOnce(new Error('database down'));

  await retention.enforce();
  await retention.enforce();

  expect(events.retentionFailed).toHaveBeenCalledExactlyOnceWith(new Error('database down'));
  expect(events.historyDropped).toHaveBeenCalledOnce();
});
