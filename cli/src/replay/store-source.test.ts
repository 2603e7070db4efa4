import { featuresV1 } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { MemoryBus } from '@fraudflow/messaging';
import { Registry, silentLogger } from '@fraudflow/observability';
import { GrpcServer } from '@fraudflow/rpc';
import { afterEach, expect, test } from 'vitest';
import { Pacer, TopicWriter } from '@fraudflow/bench';
import type { ReplayProgress } from './replay.js';
import { storeSource } from './store-source.js';

const NEWEST_MS = Date.UTC(2026, 3, 1);
const TOPICS = ['transactions', 'labels'];

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Read = (
  request: featuresV1.ReadHistoryRequest,
  signal: AbortSignal,
) => AsyncIterable<featuresV1.ReadHistoryResponse>;

function aTransaction(n: number): featuresV1.HistoryEvent {
  const keys = { transactionId: `t${n}`, occurredAtMs: NEWEST_MS, customerId: 'c1', terminalId: 'm1' };
  return { event: { $case: 'transaction', value: { ...keys, amountMinor: 100, currency: 'EUR' } } };
}

/** A feature store with a number of transactions, which records the requested ranges. */
async function aStore(transactions: number, read?: Read) {
  const asked: featuresV1.ReadHistoryRequest[] = [];
  const server = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  const all: Read = async function* () {
    yield { events: Array.from({ length: transactions }, (_, n) => aTransaction(n)) };
  };
  const refuse = server.unary<object, object>('Other', () => Promise.reject(new Error('not used in this test')));
  server.add(featuresV1.FeatureStoreServiceService, {
    ...Object.fromEntries(Object.keys(featuresV1.FeatureStoreServiceService).map((name) => [name, refuse])),
    describeHistory: server.unary('DescribeHistory', async () => ({
      newestEventMs: transactions === 0 ? 0 : NEWEST_MS,
      transactions,
      labels: 0,
      newestEventsMs: [],
      newestTransactionIds: [],
    })),
    readHistory: server.serverStream('ReadHistory', (request: featuresV1.ReadHistoryRequest, signal) => {
      asked.push(request);
      return (read ?? all)(request, signal);
    }),
  });
  const port = await server.listen('127.0.0.1:0');
  open.push(() => server.stop(100));
  return { address: `127.0.0.1:${port}`, asked };
}

async function aTarget() {
  const bus = new MemoryBus();
  const spec = { partitions: 1, retentionMs: -1, cleanup: 'delete', maxMessageBytes: 1e6 } as const;
  await bus.admin.createTopics(TOPICS.map((name) => ({ name, ...spec })));
  const count = async (): Promise<number> => (await bus.admin.offsets('transactions'))[0]?.end ?? 0;
  return { bus, brokers: ['elsewhere:9092'], count };
}

async function run(
  address: string,
  target: Awaited<ReturnType<typeof aTarget>>,
  { signal = new AbortController().signal, fromMs }: { signal?: AbortSignal; fromMs?: number } = {},
) {
  const notes: string[] = [];
  const options = { labelDelayMs: 0, pacer: new Pacer(Infinity), signal, fromMs };
  const source = await storeSource(address, options, target, {
    env: { FRAUDFLOW_DATA_DIR: '/nonexistent/fraudflow' },
    out: () => undefined,
    note: (line) => notes.push(line),
    interrupted: signal,
    mainScript: '',
  });
  const producer = target.bus.producer();
  let last: ReplayProgress | undefined;
  try {
    const writer = await TopicWriter.open(producer, target.bus.admin, TOPICS);
    for await (last of source.send(writer));
  } finally {
    await producer.close();
    source.close();
  }
  return { notes, last, source };
}

test('the history of the store is sent to another Kafka, from the requested time on', async () => {
  const { address, asked } = await aStore(3);
  const target = await aTarget();

  const { notes, last, source } = await run(address, target, { fromMs: NEWEST_MS - 90 * DAY_MS });

  expect(await target.count()).toBe(3);
  expect(last).toMatchObject({ rows: 3, share: 1 });
  expect(asked).toMatchObject([{ fromMs: NEWEST_MS - 90 * DAY_MS }]);
  expect([source.isKnown, notes]).toEqual([false, []]);
});

test('a Kafka that already has transactions is reported', async () => {
  const { address } = await aStore(3);
  const target = await aTarget();
  await run(address, target);

  const { notes } = await run(address, target);

  expect(notes).toEqual([expect.stringContaining('elsewhere:9092 already holds 3 records')]);
});

test('the error for an empty store states how to fill it', async () => {
  const { address } = await aStore(0);

  await expect(run(address, await aTarget())).rejects.toThrow('./fraudflow replay FILE.csv sends some');
});

test('the error for an address without a feature store states how to start one', async () => {
  await expect(run('127.0.0.1:1', await aTarget())).rejects.toThrow('./fraudflow up');
});

test('an interrupted replay ends the reading in the feature store, without an error, and states how to continue', async () => {
  const abort = new AbortController();
  let ended = (): void => undefined;
  const readingEnded = new Promise<void>((resolve) => (ended = resolve));
  const { address } = await aStore(1, async function* (_request, signal) {
    yield { events: [aTransaction(1)] };
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    ended();
  });
  const target = await aTarget();
  const running = run(address, target, { signal: abort.signal });
  await expect.poll(() => target.count()).toBe(1);

  abort.abort();
  const { last, source } = await running;
  await readingEnded;

  expect(last?.rows).toBe(1);
  expect(source.goOn(last as ReplayProgress)).toContain('--from 2026-03-25T00:00:00.000Z');
});

test('a failure of the store during the replay is an error', async () => {
  const { address } = await aStore(1, async function* () {
    yield { events: [aTransaction(1)] };
    throw new Error('gone');
  });

  await expect(run(address, await aTarget())).rejects.toThrow('ReadHistory');
});
