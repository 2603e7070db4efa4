import {
  labelsValidatedTopic,
  transactionsValidatedTopic,
  validatedLabelSchema,
  validatedTransactionSchema,
} from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { ensureTopics, EventProducer, MemoryBus } from '@fraudflow/messaging';
import { expect, test } from 'vitest';
import { sendBacklog, ValidatedTraffic } from './validated-traffic.js';

test('returns the requested number of transactions, in time order, in the form of the contract', () => {
  const traffic = new ValidatedTraffic();

  const transactions = [...traffic.take(700).transactions, ...traffic.take(20_000).transactions];

  const times = transactions.map((transaction) => Date.parse(transaction.occurred_at));
  expect(transactions).toHaveLength(20_700);
  expect(new Set(transactions.map((transaction) => transaction.transaction_id)).size).toBe(20_700);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(() => transactions.forEach((transaction) => validatedTransactionSchema.parse(transaction))).not.toThrow();
});

test('a label follows its transaction after a week', () => {
  const { labels } = new ValidatedTraffic().take(9 * 9_600);

  const delays = labels.map((label) => Date.parse(label.labelled_at) - Date.parse(label.occurred_at));
  expect(labels.length).toBeGreaterThan(0);
  expect(new Set(delays)).toEqual(new Set([7 * DAY_MS]));
  expect(() => labels.forEach((label) => validatedLabelSchema.parse(label))).not.toThrow();
});

test('a backlog is written completely', async () => {
  const bus = new MemoryBus();
  await ensureTopics(bus.admin, [transactionsValidatedTopic, labelsValidatedTopic], { partitions: 4 });

  const last = await sendBacklog(new EventProducer(bus), new ValidatedTraffic(), 5_000);

  const ranges = await bus.admin.offsets(transactionsValidatedTopic.name);
  expect(ranges.reduce((sum, { end }) => sum + end, 0)).toBe(5_000);
  expect(last).toHaveLength(1_000);
});
