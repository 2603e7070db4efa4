import { ALL_TOPICS, ingestionV1 } from '@fraudflow/contracts';
import { FixedClock, RateTable } from '@fraudflow/core';
import { ensureTopics, EventProducer, MemoryBus, readTopic } from '@fraudflow/messaging';
import { HealthRegistry, Registry, silentLogger } from '@fraudflow/observability';
import { createGrpcClient, GrpcServer, listenHttp } from '@fraudflow/rpc';
import { afterEach } from 'vitest';
import { AppModule } from '../src/app.module.js';
import { CardTokeniser } from '../src/cards/card-tokeniser.js';
import { createIntakeApp } from '../src/protocols/rest/intake-app.js';
import { RatesService } from '../src/rates/rates.service.js';
import { IngestionController } from '../src/protocols/grpc/ingestion.controller.js';
import { Canonicaliser } from '../src/transactions/canonical-transaction.js';
import { IntakeGate, type IntakeLimits } from '../src/intake/intake-gate.js';
import { IntakeService } from '../src/intake/intake.service.js';
import { RecordReader } from '../src/intake/record-reader.js';

export const MAX_RECORD_BYTES = 2_048;
export const NOW_MS = Date.parse('2026-05-01T00:00:00Z');
const DAY_MS = 86_400_000;
export const CARD = '4111111111111111';
export const cards = new CardTokeniser(Buffer.alloc(32, 1).toString('base64'), 1);

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

export const aTransaction = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  transaction_id: 't1',
  occurred_at: '2026-04-30T21:30:00Z',
  customer_id: 'c1',
  terminal_id: 'm1',
  amount: 57.16,
  currency: 'EUR',
  ...changes,
});
export const aLabel = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  transaction_id: 't1',
  is_fraud: true,
  labelled_at: '2026-04-30T22:00:00Z',
  ...changes,
});

/** A transaction whose JSON has exactly this many bytes. */
export function sized(bytes: number, changes: Record<string, unknown> = {}): string {
  const empty = JSON.stringify(aTransaction({ ...changes, note: '' })).length;
  return JSON.stringify(aTransaction({ ...changes, note: 'x'.repeat(bytes - empty) }));
}

/**
 * REST and gRPC of ingestion on free ports over a log in memory; closed after each test. The clock stands at `NOW_MS`.
 */
export async function anIntake(limits: Partial<IntakeLimits> = {}) {
  const bus = new MemoryBus();
  await ensureTopics(bus.admin, ALL_TOPICS, { partitions: 2 });
  const clock = new FixedClock(NOW_MS);
  const producer = new EventProducer(bus);
  const rates = new RateTable();
  const bounds = { maxFutureMs: DAY_MS, maxAgeMs: 7_300 * DAY_MS, cardNumbersInIds: 'refuse' as const };
  const money = { baseCurrency: 'EUR', rateMaxAgeMs: 7 * DAY_MS };
  const reader = new RecordReader({
    maxRecordBytes: MAX_RECORD_BYTES,
    canonicaliser: new Canonicaliser({ ...bounds, ...money, maxAmount: 10_000 }, cards, rates),
    labelRules: { ...bounds, maxLabelAheadMs: DAY_MS },
    cards,
    clock,
  });
  const gate = new IntakeGate({ maxCalls: 4, maxBytes: 1_000_000, timeoutMs: 60_000, ...limits });
  const intake = new IntakeService({ producer, reader, cards, gate, clock });
  const ratesRules = { baseCurrency: 'EUR', maxAgeMs: 7_300 * DAY_MS, maxRecordBytes: MAX_RECORD_BYTES };
  const ratesService = new RatesService(producer, rates, ratesRules, clock);

  const parts = { intake, rates: ratesService };
  const app = await createIntakeApp(AppModule.forRoot(parts, new HealthRegistry(), new Registry()), silentLogger);
  const httpPort = await listenHttp(app, 0, '127.0.0.1');
  open.push(() => app.close());
  const grpc = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  new IngestionController(intake).register(grpc);
  const grpcPort = await grpc.listen('127.0.0.1:0');
  open.push(() => grpc.stop(0));

  const published = async (topic: string): Promise<string[]> => {
    const values: string[] = [];
    for await (const record of readTopic(bus.admin, topic, { until: 'end' })) values.push(String(record.value));
    return values;
  };
  const call = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const response = await fetch(`http://127.0.0.1:${httpPort}/v1/${path}`, {
      method,
      headers: { 'content-type': type },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, retryAfter: headers.get('retry-after'), body: (await response.json()) as Record<string, unknown> };
  };
  const post = (path: string, body?: unknown) => call('POST', path, body);
  const client = createGrpcClient(ingestionV1.IngestionServiceClient, `127.0.0.1:${grpcPort}`);
  open.push(async () => client.close());
  const send = (method: string, path: string, body: Buffer) => call(method, path, body);
  return { bus, producer, reader, rates, published, call, send, post, client };
}
