import { ALL_TOPICS, type Label } from '@fraudflow/contracts';
import { FixedClock } from '@fraudflow/core';
import { DeadLetters, ensureTopics, EventProducer, headerText, MemoryBus, readTopic } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { expect, test } from 'vitest';
import { IngestionEvents } from '../events.js';
import type { TransactionKeys } from '../labels/canonical-label.js';
import { MemoryPendingLabels } from '../../test/memory-pending-labels.js';
import { TransactionLookup } from '../labels/transaction-lookup.port.js';
import { PendingLabelsService } from './pending-labels.service.js';

const KEYS: TransactionKeys = { customerId: 'c', terminalId: 'm', occurredAtMs: Date.parse('2026-01-01T00:00:00Z') };
const HOUR_MS = 3_600_000;
const OPTIONS = { waitMs: 24 * HOUR_MS, retryEveryMs: 2_000 };
const START_MS = Date.parse('2026-05-01T00:00:00Z');

class KnownTransactions extends TransactionLookup {
  readonly known = new Map<string, TransactionKeys>();
  lookups = 0;

  async find(): Promise<ReadonlyMap<string, TransactionKeys>> {
    this.lookups++;
    return this.known;
  }

  findIfPossible(): Promise<ReadonlyMap<string, TransactionKeys>> {
    return this.find();
  }
}

const aLabel = (id: string, changes: Partial<Label> = {}): Label => ({
  transaction_id: id,
  is_fraud: true,
  labelled_at: '2026-01-08T00:00:00Z',
  source: 'chargeback',
  ...changes,
});

async function aService() {
  const bus = new MemoryBus();
  await ensureTopics(bus.admin, ALL_TOPICS, { partitions: 1 });
  const clock = new FixedClock(START_MS);
  const repository = new MemoryPendingLabels();
  const lookup = new KnownTransactions();
  const producer = new EventProducer(bus);
  const deadLetters = new DeadLetters(producer.raw, bus.admin, silentLogger);
  const events = new IngestionEvents(silentLogger, new Registry());
  const service = new PendingLabelsService({ repository, lookup, producer, deadLetters, events, clock }, OPTIONS);
  const addPending = (offset: number, label: Label, takenAtMs = START_MS) =>
    repository.add(
      [
        {
          topic: 'labels',
          partition: 0,
          offset: String(offset),
          label,
          bytes: Buffer.from(`letter ${offset}`),
          takenAtMs,
        },
      ],
      clock.nowMs(),
    );
  const read = async (topic: string) => {
    const found: { readonly text: string; readonly code: string | undefined }[] = [];
    for await (const { value, raw } of readTopic(bus.admin, topic, { until: 'end' })) {
      found.push({ text: String(value), code: headerText(raw, 'dlq-error-code') });
    }
    return found;
  };
  return { clock, repository, lookup, service, addPending, read };
}

test('a label is sent when its transaction has arrived', async () => {
  const { service, addPending, lookup, repository, read, clock } = await aService();
  await addPending(1, aLabel('t1'));
  await service.pass();
  expect(await read('labels.validated')).toEqual([]);

  lookup.known.set('t1', KEYS);
  clock.advance(2_000);
  await service.pass();

  expect((await read('labels.validated')).map(({ text }) => JSON.parse(text) as unknown)).toMatchObject([
    { transaction_id: 't1', terminal_id: 'm' },
  ]);
  expect(await repository.count()).toBe(0);
});

test('a label that contradicts its transaction becomes a dead letter with the reason', async () => {
  const { service, addPending, lookup, read, repository } = await aService();
  lookup.known.set('t1', KEYS);
  await addPending(1, aLabel('t1', { terminal_id: 'other' }));
  await addPending(2, aLabel('t1', { labelled_at: '2025-12-31T00:00:00Z' }));

  await service.pass();

  expect(await read('labels.dlq')).toEqual([
    { text: 'letter 1', code: 'TERMINAL_ID_DIFFERS' },
    { text: 'letter 2', code: 'LABELLED_AT_INVALID' },
  ]);
  expect(await repository.count()).toBe(0);
});

test('the waiting time starts when the label is stored, regardless of the age of its record', async () => {
  const { service, addPending, read, clock } = await aService();
  await addPending(1, aLabel('t1'), START_MS - 100 * HOUR_MS);

  clock.advance(24 * HOUR_MS);
  await service.pass();
  expect(await read('labels.dlq')).toEqual([]);

  clock.advance(60_001);
  await service.pass();
  expect(await read('labels.dlq')).toEqual([{ text: 'letter 1', code: 'TRANSACTION_UNKNOWN' }]);
});

test('after a start, labels do not expire before the transactions of a backlog can arrive', async () => {
  const { service, repository, read, clock } = await aService();
  const position = { topic: 'labels', partition: 0, offset: '1' };
  const label = { ...position, label: aLabel('t1'), bytes: Buffer.from('letter 1'), takenAtMs: START_MS };
  await repository.add([label], START_MS - 48 * HOUR_MS);

  await service.pass();
  clock.advance(599_999);
  await service.pass();
  expect(await read('labels.dlq')).toEqual([]);

  clock.advance(60_000);
  await service.pass();
  expect(await read('labels.dlq')).toHaveLength(1);
});

test('the lookup interval of a pending label grows with its waiting time, up to one minute', async () => {
  const { service, addPending, lookup, clock } = await aService();
  await addPending(1, aLabel('t1'));
  const perHour: number[] = [];
  for (let hour = 0; hour < 3; hour++) {
    const before = lookup.lookups;
    for (let step = 0; step < 1_800; step++) {
      await service.pass();
      clock.advance(2_000);
    }
    perHour.push((lookup.lookups - before) / 2);
  }

  expect(perHour[0]).toBeLessThan(120);
  expect(perHour[2]).toBeGreaterThanOrEqual(59);
  expect(perHour[2]).toBeLessThanOrEqual(61);
});

test('more labels than a page are settled in one pass', async () => {
  const { service, addPending, lookup, repository, read } = await aService();
  for (let n = 0; n < 2_500; n++) await addPending(n, aLabel(`t${n}`));
  for (let n = 0; n < 2_500; n++) lookup.known.set(`t${n}`, KEYS);

  await service.pass();

  expect(await repository.count()).toBe(0);
  expect(await read('labels.validated')).toHaveLength(2_500);
});

test('after an error the labels remain pending', async () => {
  const { service, addPending, lookup, repository } = await aService();
  await addPending(1, aLabel('t1'));
  lookup.find = () => Promise.reject(new Error('no store'));

  await expect(service.pass()).rejects.toThrow('no store');

  expect(await repository.count()).toBe(1);
});
