import { predictionSchema, predictionsTopic } from '@fraudflow/contracts';
import { FEATURE_COUNT } from '@fraudflow/features';
import { newTraceparent, withTrace } from '@fraudflow/observability';
import { describe, expect, test } from 'vitest';
import { aConstantArtifact, aModelWithoutMissing, anArtifact } from '../../test/support/a-model.js';
import { aScorer, aServingScorer, aTransaction, metricValue, NOW_MS } from '../../test/support/a-scorer.js';
import type { CheckedRequest } from './predict.service.js';

function aRequest(over: Partial<CheckedRequest> = {}): CheckedRequest {
  return {
    input: { kind: 'transaction', transaction: aTransaction() },
    requestId: '',
    threshold: undefined,
    deadline: { atMs: NOW_MS + 1_000, givenMs: undefined },
    ...over,
  };
}

function aboutAmount(amountMinor: number): CheckedRequest['input'] {
  return { kind: 'transaction', transaction: aTransaction({ amountMinor }) };
}

test('a transaction is scored with its features, and the decision has its reasons', async () => {
  const { predictions } = await aServingScorer(anArtifact({ version: '7' }));

  const result = await predictions.predict(aRequest({ requestId: 'r1', input: aboutAmount(500_00) }));

  expect(result.fraudProbability).toBeCloseTo(1 / (1 + Math.exp(-1.5)), 6);
  expect(result).toMatchObject({ requestId: 'r1', modelName: 'fraud_detector', modelVersion: '7', isStale: false });
  expect(result.decision).toMatchObject({ isFraud: true, outcome: 'review', reasons: ['SCORE_BAND_REVIEW'] });
  expect(result.vector[0]).toBe(500);
});

test('before a model is loaded the request is refused as unavailable without a state read', async () => {
  const { predictions, features } = aScorer();

  await expect(predictions.predict(aRequest())).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });

  expect(features.reads).toBe(0);
});

test('a features request is scored without state; a missing feature becomes a reason', async () => {
  const { predictions, features } = await aServingScorer(anArtifact());
  const vector = new Float64Array(FEATURE_COUNT).fill(Number.NaN);

  const result = await predictions.predict(aRequest({ input: { kind: 'features', vector } }));

  expect(result.decision.reasons).toContain('FEATURES_MISSING');
  expect(features.reads).toBe(0);
});

describe('a repeated request', () => {
  test('gets the same result although the model changed', async () => {
    const { predictions, loader, repository, features } = await aServingScorer(aConstantArtifact('1', 0.2));
    const first = await predictions.predict(aRequest());
    repository.production = aConstantArtifact('2', 0.9);
    await loader.refresh();

    const second = await predictions.predict(aRequest());

    expect(second).toMatchObject({ fraudProbability: first.fraudProbability, modelVersion: '1' });
    expect(second.requestId).not.toBe(first.requestId);
    expect(features.reads).toBe(1);
  });

  test('with another amount or after the time to live is scored again', async () => {
    const { predictions, features, fixedClock } = await aServingScorer(anArtifact());
    await predictions.predict(aRequest());

    await predictions.predict(aRequest({ input: aboutAmount(1) }));
    fixedClock.advance(11 * 60_000);
    await predictions.predict(aRequest({ deadline: { atMs: NOW_MS + 12 * 60_000, givenMs: undefined } }));

    expect(features.reads).toBe(3);
  });

  test('with another threshold has the same score and another is_fraud', async () => {
    const { predictions } = await aServingScorer(aConstantArtifact('1', 0.4));

    const results = [await predictions.predict(aRequest()), await predictions.predict(aRequest({ threshold: 0.3 }))];

    expect(results.map(({ decision }) => decision.isFraud)).toEqual([false, true]);
    expect(results[1]?.fraudProbability).toBe(results[0]?.fraudProbability);
  });

  test('after a failure is scored again', async () => {
    const { predictions, features } = await aServingScorer(anArtifact());
    features.gate = Promise.reject(new Error('redis is unreachable'));
    await expect(predictions.predict(aRequest())).rejects.toThrow('redis is unreachable');
    features.gate = Promise.resolve();

    await expect(predictions.predict(aRequest())).resolves.toMatchObject({ modelVersion: '1' });
  });
});

describe('a score outside 0 to 1', () => {
  test('leads to review with the reason, a record and a count, never to approve', async () => {
    const { predictions, predictionLog, producer, metrics } = await aServingScorer(aModelWithoutMissing());
    const vector = new Float64Array(FEATURE_COUNT).fill(Number.NaN);

    const result = await predictions.predict(aRequest({ input: { kind: 'features', vector } }));
    await predictionLog.flush();

    expect(result.decision).toMatchObject({ outcome: 'review', isFraud: false });
    expect(result.decision.reasons[0]).toBe('SCORE_UNAVAILABLE');
    expect(predictionSchema.parse(producer.sent[0]?.value)).toMatchObject({
      fraud_probability: null,
      outcome: 'review',
    });
    const line = 'fraud_scores_unavailable_total{model="fraud_detector",version="1",path="request"}';
    expect(await metricValue(metrics, line)).toBe(1);
  });

  test('the threshold of the model is used unless the configuration sets one', async () => {
    const [own, configured] = [
      await aServingScorer(anArtifact({ threshold: 0.2 })),
      await aServingScorer(anArtifact({ threshold: 0.2 }), { FRAUDFLOW_SCORER_THRESHOLD: '0.8' }),
    ];

    const [first, second] = [
      await own.predictions.predict(aRequest()),
      await configured.predictions.predict(aRequest()),
    ];

    expect([first.decision.threshold, second.decision.threshold]).toEqual([0.2, 0.8]);
  });
});

test('a result from incomplete state is not repeated after the recovery', async () => {
  const { predictions, features } = await aServingScorer(anArtifact());
  features.isStale = true;
  const stale = await predictions.predict(aRequest());
  features.isStale = false;

  const whole = await predictions.predict(aRequest());

  expect([stale.isStale, whole.isStale]).toEqual([true, false]);
});

describe('an amount in another currency', () => {
  const inYen = (): CheckedRequest['input'] => ({
    kind: 'transaction',
    transaction: aTransaction({ amountMinor: 1_000, currency: 'JPY' }),
  });

  test('is converted with the rate as of its time; features and record have the base amount', async () => {
    const { predictions, predictionLog, producer, rates } = await aServingScorer(anArtifact());
    rates.set({ currency: 'JPY', baseCurrency: 'EUR', text: '0.0058', effectiveAtMs: NOW_MS - 1 });
    rates.set({ currency: 'JPY', baseCurrency: 'EUR', text: '0.5', effectiveAtMs: NOW_MS + 1 });

    const result = await predictions.predict(aRequest({ input: inYen() }));
    await predictionLog.flush();

    expect(result.vector[0]).toBe(5.8);
    expect(predictionSchema.parse(producer.sent[0]?.value).transaction).toMatchObject({
      amount_minor: 1_000,
      currency: 'JPY',
      base_amount_minor: 580,
      base_currency: 'EUR',
      exchange_rate: '0.0058',
    });
  });

  test('without a rate fails with FAILED_PRECONDITION that names the field', async () => {
    const { predictions } = await aServingScorer(anArtifact());

    await expect(predictions.predict(aRequest({ input: inYen() }))).rejects.toMatchObject({
      kind: 'failed_precondition',
      code: 'CURRENCY_RATE_UNKNOWN',
      field: 'transaction.currency',
    });
  });

  test('must not exceed the maximum in the base currency', async () => {
    const { predictions, rates } = await aServingScorer(anArtifact());
    rates.set({ currency: 'JPY', baseCurrency: 'EUR', text: '99999999', effectiveAtMs: 1 });

    await expect(predictions.predict(aRequest({ input: inYen() }))).rejects.toMatchObject({
      kind: 'failed_precondition',
    });
    rates.set({ currency: 'JPY', baseCurrency: 'EUR', text: '99999999', effectiveAtMs: NOW_MS });
    await expect(predictions.predict(aRequest({ input: inYen() }))).rejects.toMatchObject({
      code: 'AMOUNT_TOO_LARGE',
    });
    await expect(predictions.predict(aRequest({ input: aboutAmount(1_000_000_001) }))).rejects.toMatchObject({
      code: 'AMOUNT_TOO_LARGE',
    });
  });
});

describe('the deadline', () => {
  test('that has already passed prevents all work', async () => {
    const { predictions, features } = await aServingScorer(anArtifact());

    const late = predictions.predict(aRequest({ deadline: { atMs: NOW_MS, givenMs: 0 } }));

    await expect(late).rejects.toMatchObject({ kind: 'timeout', code: 'DEADLINE_PASSED' });
    expect(features.reads).toBe(0);
  });

  test('is met although the state store does not respond', async () => {
    const { predictions, features } = await aServingScorer(anArtifact());
    features.gate = new Promise(() => undefined);

    const stuck = predictions.predict(aRequest({ deadline: { atMs: NOW_MS + 5, givenMs: 5 } }));

    await expect(stuck).rejects.toMatchObject({ kind: 'timeout' });
  });
});

describe('every prediction', () => {
  test('is sent to the topic predictions in its schema', async () => {
    const { predictions, predictionLog, producer } = await aServingScorer(anArtifact());

    await predictions.predict(aRequest({ requestId: 'r1', deadline: { atMs: NOW_MS + 250, givenMs: 250 } }));
    await predictionLog.flush();

    const [record] = producer.sent;
    expect(predictionSchema.parse(record?.value)).toMatchObject({
      request_id: 'r1',
      deadline_ms: 250,
      transaction: { transaction_id: 't1', occurred_at: '2026-04-01T12:00:00.000Z', amount_minor: 1250 },
      features: { tx_amount: 12.5 },
    });
  });

  test('of a features request is recorded without a transaction, keyed by its request id', async () => {
    const { predictions, predictionLog, producer } = await aServingScorer(anArtifact());
    const vector = new Float64Array(FEATURE_COUNT).fill(1);

    await predictions.predict(aRequest({ requestId: 'r1', input: { kind: 'features', vector } }));
    await predictionLog.flush();

    const value = predictionSchema.parse(producer.sent[0]?.value);
    expect(value).toMatchObject({ input: 'features', request_id: 'r1', features: { tx_amount: 1 } });
    expect(predictionsTopic.keyOf(value)).toBe('r1');
  });

  test('has a unique event id, even if a request id is used twice', async () => {
    const { predictions, predictionLog, producer } = await aServingScorer(anArtifact());

    await predictions.predict(aRequest({ requestId: 'same' }));
    await predictions.predict(aRequest({ requestId: 'same', input: aboutAmount(1) }));
    await predictionLog.flush();

    expect(new Set(producer.sent.map(({ eventId }) => eventId)).size).toBe(2);
  });

  test('has the trace of its own call, not of the call that started the batch', async () => {
    const { predictions, predictionLog, producer } = await aServingScorer(anArtifact());
    const traces = [newTraceparent(), newTraceparent()];

    for (const [index, trace] of traces.entries()) {
      const input = aboutAmount(100 + index);
      await withTrace(trace, () => predictions.predict(aRequest({ input })));
    }
    await predictionLog.flush();

    expect(producer.sent.map(({ traceparent }) => traceparent)).toEqual(traces);
  });

  test('beyond the buffer limit is dropped and counted without a delay for the caller', async () => {
    const { predictions, producer, metrics } = await aServingScorer(anArtifact(), {
      FRAUDFLOW_SCORER_MAX_PENDING_PREDICTIONS: '2',
    });
    producer.hold = new Promise(() => undefined);

    for (let call = 0; call < 5; call++) await predictions.predict(aRequest());

    expect(await metricValue(metrics, 'predictions_unrecorded_total{reason="buffer_full"}')).toBe(3);
  });

  test('is counted by decision', async () => {
    const { predictions, metrics } = await aServingScorer(anArtifact());

    await predictions.predict(aRequest());

    const line = 'fraud_scores_total{model="fraud_detector",version="1",path="request",decision="approve"}';
    expect(await metricValue(metrics, line)).toBe(1);
  });
});
