import { ingestionV1, scoringV1, transactionsTopic } from '@fraudflow/contracts';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilFeaturesOf } from './dead-letters.js';
import { GoodTransactions, transactionBody } from './good-transactions.js';
import { recordCount, type RunningSystem, startSystem } from './running-system.js';
import { grpcAddress, httpUrl, post } from './service-urls.js';

const INVALID_ARGUMENT = 3;
const UNAVAILABLE = 14;
const CALL_DEADLINE_MS = 10_000;

let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem(['ingestion', 'feature-store', 'registry', 'scorer']);
});

afterAll(() => system?.stop());

describe('REST of ingestion', () => {
  const good = new GoodTransactions('rest');

  test.each([
    { what: 'a negative amount', change: { amount: -1 }, field: 'amount', code: 'AMOUNT_INVALID' },
    { what: 'no customer', change: { customer_id: undefined }, field: 'customer_id', code: 'CUSTOMER_ID_MISSING' },
    { what: 'an unknown currency', change: { currency: 'QQQ' }, field: 'currency', code: 'CURRENCY_INVALID' },
    {
      what: 'a far future',
      change: { occurred_at: '2999-01-01T00:00:00Z' },
      field: 'occurred_at',
      code: 'OCCURRED_AT_IN_FUTURE',
    },
  ])('responds 400 and names the field for $what', async ({ change, field, code }) => {
    const response = await post(httpUrl(system, 'ingestion', '/v1/transactions'), {
      ...transactionBody(good.next()),
      ...change,
    });

    expect(response).toMatchObject({
      status: 400,
      type: 'application/problem+json',
      body: { status: 400, field, code },
    });
  });

  test('responds 400 to a body that is not JSON or not an object', async () => {
    const broken = await post(httpUrl(system, 'ingestion', '/v1/transactions'), '{"transaction_id": ');
    const text = await post(httpUrl(system, 'ingestion', '/v1/transactions'), '"transaction"');

    expect([broken, text].map(({ status, type }) => [status, type])).toEqual([
      [400, 'application/problem+json'],
      [400, 'application/problem+json'],
    ]);
  });

  test('accepts the valid items of a batch and reports the invalid ones with their reasons', async () => {
    const before = await recordCount(system.bus, transactionsTopic.name);
    const [first, second, third] = [good.next(), good.next(), good.next()];
    const batch = [transactionBody(first), { ...transactionBody(second), amount: 'much' }, transactionBody(third)];

    const response = await post(httpUrl(system, 'ingestion', '/v1/transactions'), batch);
    await untilFeaturesOf(system, [first.id, third.id]);

    expect(response).toMatchObject({
      status: 202,
      body: { accepted: 2, rejections: [{ index: 1, code: 'AMOUNT_INVALID', field: 'amount' }] },
    });
    expect(await recordCount(system.bus, transactionsTopic.name)).toBe(before + 2);
  });

  test('responds 400 and names the field for a label', async () => {
    const response = await post(httpUrl(system, 'ingestion', '/v1/labels'), {
      transaction_id: 't1',
      is_fraud: 'yes',
      labelled_at: 'soon',
    });

    expect(response).toMatchObject({ status: 400, type: 'application/problem+json', body: { field: 'is_fraud' } });
  });

  test('over gRPC each invalid item is reported by its position', async () => {
    const client = createGrpcClient(ingestionV1.IngestionServiceClient, grpcAddress(system, 'ingestion'));
    const transactions = ['{', JSON.stringify({ ...transactionBody(good.next()), amount: -1 })].map((t) =>
      Buffer.from(t),
    );

    const method = client.ingestTransactions.bind(client);
    const response = await callUnary('IngestTransactions', method, { transactions }, CALL_DEADLINE_MS);
    client.close();

    expect(response).toMatchObject({
      accepted: 0,
      rejections: [
        { index: 0, code: 'JSON_INVALID' },
        { index: 1, code: 'AMOUNT_INVALID', field: 'amount' },
      ],
    });
  });
});

describe('the scorer before any model', () => {
  const transaction = {
    transactionId: 'asked',
    occurredAtMs: Date.UTC(2025, 5, 2),
    customerId: 'c1',
    terminalId: 'm1',
    amountMinor: 1_250,
    currency: 'EUR',
  };
  const body = { ...transactionBody(new GoodTransactions('asked').next()) };

  test('responds UNAVAILABLE with the reason', async () => {
    const call = predict({ input: { $case: 'transaction', value: transaction } });

    await expect(call).rejects.toMatchObject({
      message: expect.stringContaining('no model is loaded yet') as string,
      code: 'MODEL_NOT_LOADED',
      cause: { code: UNAVAILABLE },
    });
  });

  test.each([
    { field: 'input', request: {} },
    { field: 'transaction.amount_minor', request: asking({ amountMinor: -5 }) },
    { field: 'transaction.currency', request: asking({ currency: 'QQQ' }) },
    { field: 'transaction.customer_id', request: asking({ customerId: 'not an id' }) },
    { field: 'transaction.occurred_at_ms', request: asking({ occurredAtMs: 0 }) },
    { field: 'threshold', request: { ...asking({}), threshold: 1.5 } },
    {
      field: 'features.values.shoe_size',
      request: { input: { $case: 'features' as const, value: { values: { shoe_size: 44 } } } },
    },
  ])('responds INVALID_ARGUMENT and names $field', async ({ field, request }) => {
    await expect(predict(request)).rejects.toMatchObject({
      message: expect.stringContaining(field) as string,
      field,
      cause: { code: INVALID_ARGUMENT },
    });
  });

  test('over REST responds 503 with the same reason', async () => {
    const response = await post(httpUrl(system, 'scorer', '/predict'), { transaction: body });

    expect(response).toMatchObject({
      status: 503,
      type: 'application/problem+json',
      body: { code: 'MODEL_NOT_LOADED', detail: expect.stringContaining('no model is loaded yet') as string },
    });
  });

  test.each([
    { field: 'transaction.amount', sent: { transaction: { ...body, amount: -1 } } },
    { field: 'transaction.currency', sent: { transaction: { ...body, currency: 'QQQ' } } },
    { field: 'transaction.occurred_at', sent: { transaction: { ...body, occurred_at: 'yesterday' } } },
    { field: 'threshold', sent: { transaction: body, threshold: 2 } },
    { field: 'features.shoe_size', sent: { features: { shoe_size: 44 } } },
    { field: 'transaction', sent: {} },
  ])('over REST responds 400 and names $field', async ({ field, sent }) => {
    const response = await post(httpUrl(system, 'scorer', '/predict'), sent);

    expect(response).toMatchObject({ status: 400, type: 'application/problem+json', body: { field } });
  });

  function asking(change: Partial<typeof transaction>) {
    return { input: { $case: 'transaction' as const, value: { ...transaction, ...change } } };
  }

  async function predict(
    request: Parameters<typeof scoringV1.PredictRequest.create>[0],
  ): Promise<scoringV1.PredictResponse> {
    const client = createGrpcClient(scoringV1.ScoringServiceClient, grpcAddress(system, 'scorer'));
    try {
      const message = scoringV1.PredictRequest.create(request);
      return await callUnary('Predict', client.predict.bind(client), message, CALL_DEADLINE_MS);
    } finally {
      client.close();
    }
  }
});

test('no invalid request has ended a process', () => {
  expect(Object.values(system.stack.restartCounts()).every((count) => count === 0)).toBe(true);
});
