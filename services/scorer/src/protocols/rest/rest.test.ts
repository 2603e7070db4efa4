import 'reflect-metadata';
import { serveControllers } from '@fraudflow/service/testing/serve-controllers';
import { afterEach, describe, expect, test } from 'vitest';
import { ModelLoader } from '../../models/model-loader.js';
import { PredictService } from '../../scoring/predict.service.js';
import { RequestOptions } from '../../scoring/request-options.js';
import { ModelsController, ServedModel } from '../tensorflow/models.controller.js';
import { PredictController } from './predict.controller.js';
import { aModelWithoutMissing, anArtifact } from '../../../test/support/a-model.js';
import { aScorer, aServingScorer, type TestScorer } from '../../../test/support/a-scorer.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(scorer: TestScorer): Promise<string> {
  const { metrics, predictions, loader, requests } = scorer;
  const { baseUrl, close } = await serveControllers({
    controllers: [PredictController, ModelsController],
    providers: [
      { provide: PredictService, useValue: predictions },
      { provide: RequestOptions, useValue: requests },
      { provide: ModelLoader, useValue: loader },
      { provide: ServedModel, useValue: { name: 'fraud_detector' } },
    ],
    metrics,
  });
  closing.push(close);
  return baseUrl;
}

async function post(
  base: string,
  body: unknown,
): Promise<{ status: number; type: string; retryAfter: string | null; body: Record<string, unknown> }> {
  const response = await fetch(`${base}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const type = response.headers.get('content-type') ?? '';
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, type, retryAfter, body: (await response.json()) as Record<string, unknown> };
}

const transaction = {
  transaction_id: 't1',
  occurred_at: '2026-04-01T12:00:00Z',
  customer_id: 'c1',
  terminal_id: 'm1',
  amount: 500.25,
  currency: 'EUR',
};

/** A test number of a card scheme: it passes the Luhn check and is never issued. */
const CARD = '4111111111111111';

describe('POST /predict', () => {
  test('scores a transaction', async () => {
    const base = await serve(await aServingScorer(anArtifact({ version: '7' })));

    const { status, body } = await post(base, { transaction, threshold: 0.9 });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      transaction_id: 't1',
      is_fraud: false,
      outcome: 'review',
      threshold: 0.9,
      model_name: 'fraud_detector',
      model_version: '7',
      features: { tx_amount: 500.25 },
    });
    expect(body['fraud_probability']).toBeCloseTo(1 / (1 + Math.exp(-1.5)), 6);
  });

  test('returns null and the outcome review if the model gave no score', async () => {
    const base = await serve(await aServingScorer(aModelWithoutMissing()));

    const { status, body } = await post(base, { features: { tx_amount: 500 } });

    expect(status).toBe(200);
    expect(body).toMatchObject({ fraud_probability: null, is_fraud: false, outcome: 'review' });
  });

  test('scores named features; null counts as missing', async () => {
    const base = await serve(await aServingScorer(anArtifact()));

    const { status, body } = await post(base, { features: { tx_amount: 500, tx_during_night: null } });

    expect(status).toBe(200);
    expect(body).toMatchObject({ features: { tx_amount: 500, tx_during_night: null }, outcome: 'review' });
  });

  test.each([
    ['transaction.transaction_id', { transaction: { ...transaction, transaction_id: 'a b' } }],
    ['transaction.occurred_at', { transaction: { ...transaction, occurred_at: 'yesterday' } }],
    ['transaction.customer_id', { transaction: { ...transaction, customer_id: undefined } }],
    ['transaction.amount', { transaction: { ...transaction, amount: -1 } }],
    ['transaction.amount', { transaction: { ...transaction, amount: '5' } }],
    ['transaction.amount', { transaction: { ...transaction, amount: 1.005 } }],
    ['transaction.currency', { transaction: { ...transaction, currency: 'euro' } }],
    ['transaction.currency', { transaction: { ...transaction, currency: 'USD' } }],
    ['transaction.amount', { transaction: { ...transaction, amount: 0.5, currency: 'JPY' } }],
    ['transaction.amount', { transaction: { ...transaction, amount: 10_000_000.01 } }],
    ['threshold', { transaction, threshold: 2 }],
    ['treshold', { transaction, treshold: 0.5 }],
    ['features.shoe_size', { features: { shoe_size: 44 } }],
    ['features.tx_amount', { features: { tx_amount: 'much' } }],
    ['features.tx_amount', { features: { tx_amount: 1e39 } }],
    ['transaction', {}],
    ['transaction', { transaction, features: { tx_amount: 1 } }],
    ['body', []],
  ])('refuses an invalid %s and names it', async (field, request) => {
    const base = await serve(await aServingScorer(anArtifact()));

    const { status, type, body } = await post(base, request);

    expect(status).toBe(400);
    expect(type).toContain('application/problem+json');
    expect(body).toMatchObject({ field, detail: expect.stringContaining(field) });
  });

  test.each([
    ['transaction.transaction_id', 'TRANSACTION_ID', { transaction: { ...transaction, transaction_id: `tx:${CARD}` } }],
    ['transaction.customer_id', 'CUSTOMER_ID', { transaction: { ...transaction, customer_id: CARD } }],
    ['transaction.terminal_id', 'TERMINAL_ID', { transaction: { ...transaction, terminal_id: '4111.1111.1111.1111' } }],
    ['request_id', 'REQUEST_ID', { transaction, request_id: '4111 1111 1111 1111' }],
    ['request_id', 'REQUEST_ID', { features: { tx_amount: 5 }, request_id: '\u0664\u0661' + '\u0661'.repeat(14) }],
  ])('refuses a card number as %s and neither repeats nor records it', async (field, code, request) => {
    const scorer = await aServingScorer(anArtifact());
    const base = await serve(scorer);

    const { status, body } = await post(base, request);
    await scorer.predictionLog.flush();

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: `${code}_IS_CARD_NUMBER`, field, detail: expect.stringContaining(field) });
    expect(String(body['detail'])).not.toMatch(/\p{Nd}/u);
    expect(scorer.producer.sent).toEqual([]);
    expect(scorer.features.reads).toBe(0);
  });

  test('accepts ids that look like card numbers under the rule `keep`', async () => {
    const scorer = await aServingScorer(anArtifact(), { FRAUDFLOW_SCORER_CARD_NUMBERS_IN_IDS: 'keep' });
    const base = await serve(scorer);
    const ids = { transaction_id: CARD, customer_id: CARD, terminal_id: CARD };

    const { status, body } = await post(base, { transaction: { ...transaction, ...ids }, request_id: CARD });
    await scorer.predictionLog.flush();

    expect(status).toBe(200);
    expect(body).toMatchObject({ transaction_id: CARD, request_id: CARD });
    expect(scorer.producer.sent[0]?.value).toMatchObject({ request_id: CARD, transaction: ids });
  });

  test('refuses a request id of more than 200 characters', async () => {
    const base = await serve(await aServingScorer(anArtifact()));

    const { status, body } = await post(base, { transaction, request_id: 'r'.repeat(201) });

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'FIELD_INVALID', field: 'request_id' });
  });

  test('refuses a body that is not JSON', async () => {
    const base = await serve(await aServingScorer(anArtifact()));

    expect((await post(base, '{"transaction":')).status).toBe(400);
  });

  test('responds 503 with the reason and Retry-After before a model is loaded', async () => {
    const base = await serve(aScorer());

    const { status, body, retryAfter } = await post(base, { transaction });

    expect(status).toBe(503);
    expect(retryAfter).toBe('1');
    expect(body).toMatchObject({ code: 'MODEL_NOT_LOADED', detail: expect.stringContaining('no model') });
  });
});

describe('GET /v1/models/fraud_detector', () => {
  test('returns the active version', async () => {
    const base = await serve(await aServingScorer(anArtifact({ version: '7' })));

    const response = await fetch(`${base}/v1/models/fraud_detector`);

    expect(await response.json()).toEqual({
      model_version_status: [{ version: '7', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }],
    });
  });

  test('responds 404 for another model and before the first version', async () => {
    const [empty, serving] = await Promise.all([serve(aScorer()), serve(await aServingScorer(anArtifact()))]);

    expect((await fetch(`${empty}/v1/models/fraud_detector`)).status).toBe(404);
    const other = await fetch(`${serving}/v1/models/other`);
    expect(other.status).toBe(404);
    expect(await other.json()).toEqual({ error: 'Could not find any versions of model other' });
  });
});
