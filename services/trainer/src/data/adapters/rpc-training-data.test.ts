import { featuresV1 } from '@fraudflow/contracts';
import { unavailable } from '@fraudflow/core';
import { Registry, silentLogger } from '@fraudflow/observability';
import { GrpcServer } from '@fraudflow/rpc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RpcTrainingData } from './rpc-training-data.js';

const never = new AbortController().signal;
const range = { fromMs: 1, toMs: 9, asOfMs: 8 };

let server: GrpcServer;
let data: RpcTrainingData;
let asked: featuresV1.GetTrainingSetRequest | undefined;
let batches: () => AsyncIterable<featuresV1.GetTrainingSetResponse>;
let describe: (limit: number | undefined) => Partial<featuresV1.DescribeHistoryResponse>;

beforeEach(async () => {
  server = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  server.add(featuresV1.FeatureStoreServiceService, {
    getTrainingSet: server.serverStream('GetTrainingSet', (request: featuresV1.GetTrainingSetRequest) => {
      asked = request;
      return batches();
    }),
    describeHistory: server.unary('DescribeHistory', async ({ newestLimit }: featuresV1.DescribeHistoryRequest) =>
      featuresV1.DescribeHistoryResponse.fromPartial(describe(newestLimit)),
    ),
  });
  const port = await server.listen('127.0.0.1:0');
  data = new RpcTrainingData(`127.0.0.1:${port}`, 'fraud_detection_features');
});

afterEach(async () => {
  data.close();
  await server.stop();
});

function aBatch(over: Partial<featuresV1.GetTrainingSetResponse>): featuresV1.GetTrainingSetResponse {
  return featuresV1.GetTrainingSetResponse.fromPartial({ totalRows: 3, ...over });
}

test('batches become columns in order, and progress is reported', async () => {
  batches = async function* () {
    yield aBatch({
      featureNames: ['a', 'b'],
      featureServiceVersion: 2,
      transactionIds: ['t1', 't2'],
      customerIds: ['c1', 'c2'],
      occurredAtMs: [1, 2],
      values: [1, NaN, 3, 4],
      labels: [0, 1],
      labelledAtMs: [0, 7],
    });
    yield aBatch({
      transactionIds: ['t3'],
      customerIds: ['c1'],
      occurredAtMs: [3],
      values: [5, 6],
      labels: [0],
      labelledAtMs: [0],
    });
    yield aBatch({ datasetVersion: 'x' });
  };
  const shares: number[] = [];

  const columns = await data.load(range, never, (share) => shares.push(share));

  expect(columns).toEqual({
    featureNames: ['a', 'b'],
    featureServiceVersion: 2,
    transactionIds: ['t1', 't2', 't3'],
    cardIds: ['c1', 'c2', 'c1'],
    occurredAtMs: Float64Array.of(1, 2, 3),
    features: Float32Array.of(1, NaN, 3, 4, 5, 6),
    labels: Float32Array.of(0, 1, 0),
    labelledAtMs: Float64Array.of(0, 7, 0),
    datasetVersion: 'x',
  });
  expect(asked).toMatchObject({ ...range, featureService: 'fraud_detection_features' });
  expect(shares).toEqual([2 / 3, 1, 1]);
});

test('a range may name another feature service', async () => {
  batches = async function* () {
    yield aBatch({ totalRows: 0 });
  };

  await data.load({ ...range, featureService: 'fraud_detection_features_v2' }, never, () => undefined);

  expect(asked?.featureService).toBe('fraud_detection_features_v2');
});

test('a stream that breaks is a retryable error, not a partial set', async () => {
  batches = async function* () {
    yield aBatch({ transactionIds: ['t1'], customerIds: ['c1'], occurredAtMs: [1], labels: [0] });
    throw unavailable('the store restarts');
  };

  await expect(data.load(range, never, () => undefined)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('an abort cancels the stream with the reason of the signal', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  batches = async function* () {
    yield aBatch({ transactionIds: ['t1'], customerIds: ['c1'], occurredAtMs: [1], labels: [0] });
    await new Promise(() => undefined);
  };

  const loading = data.load(range, controller.signal, () => controller.abort(reason));

  await expect(loading).rejects.toBe(reason);
});

test('the newest transactions have ids; an empty history has none', async () => {
  describe = (limit) => ({
    newestEventMs: 9,
    newestEventsMs: [9, 8].slice(0, limit),
    newestTransactionIds: ['n', 'm'].slice(0, limit),
  });
  expect(await data.newestEvents(500)).toEqual([
    { transactionId: 'n', occurredAtMs: 9 },
    { transactionId: 'm', occurredAtMs: 8 },
  ]);

  describe = () => ({});
  expect(await data.newestEvents(500)).toEqual([]);
});
