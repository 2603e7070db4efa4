import { scoringV1 } from '@fraudflow/contracts';
import { FEATURE_NAMES } from '@fraudflow/features';
import { createGrpcClient } from '@fraudflow/rpc';
import { serveControllers } from '@fraudflow/service/testing/serve-controllers';
import { type CallOptions, Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '@fraudflow/core';
import { anArtifact } from '../../../test/support/a-model.js';
import { aScorer, aServingScorer, NOW_MS, type TestScorer } from '../../../test/support/a-scorer.js';
import { PredictService } from '../../scoring/predict.service.js';
import { RequestOptions } from '../../scoring/request-options.js';
import { SCORING_SERVICE, ScoringController } from './scoring.controller.js';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aServer(scorer: TestScorer): Promise<string> {
  // The deadline of a call uses wall-clock time, whereas the scorer's test clock is fixed.
  scorer.fixedClock.advance(systemClock.nowMs() - NOW_MS);
  const { grpcAddress, close } = await serveControllers({
    controllers: [ScoringController],
    providers: [
      { provide: PredictService, useValue: scorer.predictions },
      { provide: RequestOptions, useValue: scorer.requests },
    ],
    services: [SCORING_SERVICE],
  });
  closing.push(close);
  return grpcAddress;
}

async function predict(
  address: string,
  request: Parameters<typeof scoringV1.PredictRequest.create>[0],
  options: Partial<CallOptions> = {},
): Promise<scoringV1.PredictResponse> {
  const client = createGrpcClient(scoringV1.ScoringServiceClient, address);
  closing.push(() => client.close());
  const message = scoringV1.PredictRequest.create(request);
  return new Promise((resolve, reject) => {
    client.predict(message, new Metadata(), options, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

const transaction = {
  transactionId: 't1',
  occurredAtMs: NOW_MS,
  customerId: 'c1',
  terminalId: 'm1',
  amountMinor: 500_00,
  currency: 'EUR',
};

test('the response to a transaction has probability, decision, model and features', async () => {
  const address = await aServer(await aServingScorer(anArtifact({ version: '3' })));

  const response = await predict(address, { input: { $case: 'transaction', value: transaction }, requestId: 'r1' });

  expect(response).toMatchObject({
    requestId: 'r1',
    isFraud: true,
    outcome: scoringV1.Outcome.OUTCOME_REVIEW,
    threshold: 0.75,
    modelVersion: '3',
    modelRole: 'champion',
  });
  expect(response.features['tx_amount']).toBe(500);
  expect(Object.keys(response.features)).toHaveLength(FEATURE_NAMES.length);
});

test('a vector of named features is scored; an omitted feature counts as missing', async () => {
  const address = await aServer(await aServingScorer(anArtifact()));

  const response = await predict(address, { input: { $case: 'features', value: { values: { tx_amount: 500 } } } });

  expect(response.fraudProbability).toBeCloseTo(1 / (1 + Math.exp(-1.5)), 6);
  expect(response.features['terminal_id_risk_7day_window']).toBeNaN();
  expect(response.reasons).toContain('FEATURES_MISSING');
});

describe('INVALID_ARGUMENT names the field', () => {
  const invalid: [string, Partial<typeof transaction>][] = [
    ['transaction.transaction_id', { transactionId: '' }],
    ['transaction.customer_id', { customerId: 'not an id' }],
    ['transaction.terminal_id', { terminalId: 'x'.repeat(65) }],
    ['transaction.occurred_at_ms', { occurredAtMs: 0 }],
    ['transaction.amount_minor', { amountMinor: -5 }],
    ['transaction.currency', { currency: 'QQQ' }],
  ];

  test.each(invalid)('%s', async (field, over) => {
    const address = await aServer(await aServingScorer(anArtifact()));

    const refused = predict(address, { input: { $case: 'transaction', value: { ...transaction, ...over } } });

    const error = (await refused.catch((thrown: unknown) => thrown)) as ServiceError;
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.details).toContain(field);
    expect(error.metadata.get('error-field')).toEqual([field]);
  });

  test.each([
    ['input', {}],
    ['threshold', { threshold: 1.5, input: { $case: 'transaction' as const, value: transaction } }],
    ['threshold', { threshold: Number.NaN, input: { $case: 'transaction' as const, value: transaction } }],
    ['features.values.shoe_size', { input: { $case: 'features' as const, value: { values: { shoe_size: 44 } } } }],
    ['features.values', { input: { $case: 'features' as const, value: { values: {} } } }],
  ])('%s', async (field, request) => {
    const address = await aServer(await aServingScorer(anArtifact()));

    const error = (await predict(address, request).catch((thrown: unknown) => thrown)) as ServiceError;

    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.metadata.get('error-field')).toEqual([field]);
  });

  test('undecodable bytes are reported as INVALID_ARGUMENT', async () => {
    const address = await aServer(await aServingScorer(anArtifact()));

    // Field 1 truncated; then occurred_at_ms above 2^53.
    const codes = await Promise.all([callRaw(address, '0aff'), callRaw(address, '0a0b10ffffffffffffffffff7f00')]);

    expect(codes).toEqual([status.INVALID_ARGUMENT, status.INVALID_ARGUMENT]);
  });
});

describe('a card number in an id is refused with code and field; the value is neither repeated nor recorded', () => {
  const CARD = '4111111111111111';
  const holders: [string, string, Partial<typeof transaction> & { requestId?: string }][] = [
    ['transaction.transaction_id', 'TRANSACTION_ID_IS_CARD_NUMBER', { transactionId: `tx:${CARD}` }],
    ['transaction.customer_id', 'CUSTOMER_ID_IS_CARD_NUMBER', { customerId: CARD }],
    ['transaction.terminal_id', 'TERMINAL_ID_IS_CARD_NUMBER', { terminalId: '4111-1111-1111-1111' }],
    ['request_id', 'REQUEST_ID_IS_CARD_NUMBER', { requestId: 'order 4111 1111 1111 1111' }],
  ];

  test.each(holders)('%s', async (field, code, { requestId = 'r1', ...over }) => {
    const scorer = await aServingScorer(anArtifact());
    const address = await aServer(scorer);

    const refused = predict(address, {
      requestId,
      input: { $case: 'transaction', value: { ...transaction, ...over } },
    });

    const error = (await refused.catch((thrown: unknown) => thrown)) as ServiceError;
    await scorer.predictionLog.flush();
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.metadata.get('error-code')).toEqual([code]);
    expect(error.metadata.get('error-field')).toEqual([field]);
    expect(error.details).toContain(field);
    expect(error.details).not.toMatch(/[0-9]/);
    expect(scorer.producer.sent).toEqual([]);
    expect(scorer.features.reads).toBe(0);
  });

  test('the request id of a features request is checked as well', async () => {
    const address = await aServer(await aServingScorer(anArtifact()));
    const input = { $case: 'features' as const, value: { values: { tx_amount: 500 } } };

    const refused = predict(address, { requestId: CARD, input });

    await expect(refused).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test('a UUID, a time and a number with a wrong check digit are accepted as ids', async () => {
    const address = await aServer(await aServingScorer(anArtifact()));
    const value = { ...transaction, transactionId: '1775044800000-224', customerId: '4111111111111112' };

    const response = await predict(address, {
      requestId: '41111111-1111-4111-a66c-f2db26efb20c',
      input: { $case: 'transaction', value },
    });

    expect(response.requestId).toBe('41111111-1111-4111-a66c-f2db26efb20c');
  });
});

test('under the rule `keep`, ids that look like card numbers are accepted, returned and recorded', async () => {
  const id = '4111111111111111';
  const scorer = await aServingScorer(anArtifact(), { FRAUDFLOW_SCORER_CARD_NUMBERS_IN_IDS: 'keep' });
  const address = await aServer(scorer);
  const ids = { transactionId: id, customerId: id, terminalId: id };

  const response = await predict(address, {
    requestId: id,
    input: { $case: 'transaction', value: { ...transaction, ...ids } },
  });
  await scorer.predictionLog.flush();

  expect(response.requestId).toBe(id);
  expect(scorer.producer.sent).toHaveLength(1);
  expect(scorer.producer.sent[0]?.value).toMatchObject({
    request_id: id,
    transaction: { transaction_id: id, customer_id: id, terminal_id: id },
  });
});

test('under the rule `keep`, an error about another field does not repeat ids that look like card numbers', async () => {
  const id = '4111111111111111';
  const address = await aServer(await aServingScorer(anArtifact(), { FRAUDFLOW_SCORER_CARD_NUMBERS_IN_IDS: 'keep' }));
  const value = { ...transaction, transactionId: id, customerId: id, terminalId: id, amountMinor: -5 };

  const refused = predict(address, { requestId: id, input: { $case: 'transaction', value } });

  const error = (await refused.catch((thrown: unknown) => thrown)) as ServiceError;
  expect(error.code).toBe(status.INVALID_ARGUMENT);
  expect(error.details).toContain('transaction.amount_minor');
  expect(error.details).not.toContain('1111');
});

test('before a model is loaded the response is UNAVAILABLE with the reason', async () => {
  const address = await aServer(aScorer());

  const refused = predict(address, { input: { $case: 'transaction', value: transaction } });

  await expect(refused).rejects.toMatchObject({
    code: status.UNAVAILABLE,
    details: expect.stringContaining('no model is loaded yet'),
  });
});

test('a deadline that passes during the state read ends in DEADLINE_EXCEEDED', async () => {
  const scorer = await aServingScorer(anArtifact());
  scorer.features.gate = new Promise(() => undefined);
  const address = await aServer(scorer);

  const late = predict(address, { input: { $case: 'transaction', value: transaction } }, { deadline: Date.now() + 50 });

  await expect(late).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
});

/** Calls Predict with raw request bytes. @returns the status code. */
function callRaw(address: string, hex: string): Promise<status> {
  const client = createGrpcClient(Client, address);
  closing.push(() => client.close());
  const { path } = scoringV1.ScoringServiceService.predict;
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      Buffer.from(hex, 'hex'),
      (error) => resolve(error?.code ?? status.OK),
    );
  });
}
