import { ALL_TOPICS, ingestionV1 } from '@fraudflow/contracts';
import { FixedClock, RateTable } from '@fraudflow/core';
import { ensureTopics, EventProducer, MemoryBus, readTopic } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { createGrpcClient } from '@fraudflow/rpc';
import { serveControllers } from '@fraudflow/service/testing/serve-controllers';
import { afterEach } from 'vitest';
import { CardTokeniser } from '../src/cards/card-tokeniser.js';
import { createIntakeApp } from '../src/protocols/rest/intake-app.js';
import { RatesService } from '../src/rates/rates.service.js';
import { INGESTION_SERVICE, IngestionController } from '../src/protocols/grpc/ingestion.controller.js';
import { IntakeController } from '../src/protocols/rest/intake.controller.js';
import { RatesController } from '../src/protocols/rest/rates.controller.js';
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
 * REST and gRPC of ingestion on free ports with a log in memory; closed after each test. The clock always returns
 * `NOW_MS`.
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

  const { baseUrl, grpcAddress, close } = await serveControllers({
    controllers: [IntakeController, RatesController, IngestionController],
    providers: [
      { provide: IntakeService, useValue: intake },
      { provide: RatesService, useValue: ratesService },
    ],
    services: [INGESTION_SERVICE],
    createApp: (module) => createIntakeApp(module, silentLogger),
  });
  open.push(close);

  const published = async (topic: string): Promise<string[]> => {
    const values: string[] = [];
    for await (const record of readTopic(bus.admin, topic, { until: 'end' })) values.push(String(record.value));
    return values;
  };
  const call = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const response = await fetch(`${baseUrl}/v1/${path}`, {
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
  const client = createGrpcClient(ingestionV1.IngestionServiceClient, grpcAddress);
  open.push(async () => client.close());
  const send = (method: string, path: string, body: Buffer) => call(method, path, body);
  return { bus, intake, producer, reader, rates, published, call, send, post, client };
}
