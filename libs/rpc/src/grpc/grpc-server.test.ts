import { scoringV1 } from '@fraudflow/contracts';
import { invalidInput, type AppError } from '@fraudflow/core';
import {
  Registry,
  silentLogger,
  traceIdOf,
  withTrace,
  currentTraceparent,
  newTraceparent,
} from '@fraudflow/observability';
import { Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callUnary, createGrpcClient } from './grpc-client.js';
import { GrpcServer } from './grpc-server.js';

let server: GrpcServer;
let client: scoringV1.ScoringServiceClient;
let handle: (request: scoringV1.PredictRequest) => Promise<scoringV1.PredictResponse>;

beforeEach(async () => {
  server = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  server.add(scoringV1.ScoringServiceService, {
    predict: server.unary<scoringV1.PredictRequest, scoringV1.PredictResponse>('Predict', (request) => handle(request)),
  });
  const port = await server.listen('127.0.0.1:0');
  client = createGrpcClient(scoringV1.ScoringServiceClient, `127.0.0.1:${port}`);
});

afterEach(async () => {
  client.close();
  await server.stop();
});

const predict = (): Promise<scoringV1.PredictResponse> =>
  callUnary('Predict', client.predict.bind(client), scoringV1.PredictRequest.fromPartial({ requestId: 'r1' }), 2_000);

test('a call returns its response and runs in the trace of the caller', async () => {
  let seen: string | undefined;
  handle = async (request) => {
    seen = currentTraceparent();
    return scoringV1.PredictResponse.fromPartial({ requestId: request.requestId, fraudProbability: 0.25 });
  };
  const traceparent = newTraceparent();

  const response = await withTrace(traceparent, predict);

  expect(response.requestId).toBe('r1');
  expect(response.fraudProbability).toBe(0.25);
  expect(traceIdOf(seen)).toBe(traceIdOf(traceparent));
});

test('a server with carriesTrace: false runs handlers without a trace', async () => {
  let seen: string | undefined = 'not asked';
  const plain = new GrpcServer({ logger: silentLogger, metrics: new Registry(), carriesTrace: false });
  const method = plain.unary('Predict', async () => {
    seen = currentTraceparent();
    return scoringV1.PredictResponse.fromPartial({});
  });
  const metadata = new Metadata();
  metadata.set('traceparent', newTraceparent());

  await new Promise((resolve) => method({ metadata } as Parameters<typeof method>[0], resolve));

  expect(seen).toBeUndefined();
});

test('an error keeps its kind, code and field across the wire', async () => {
  handle = async () => {
    throw invalidInput('amount_minor must be greater than 0', { code: 'AMOUNT_INVALID', field: 'amount_minor' });
  };

  const error = await predict().catch((thrown: unknown) => thrown as AppError);

  expect(error).toMatchObject({ kind: 'invalid_input', code: 'AMOUNT_INVALID', field: 'amount_minor' });
});

test('an unknown error shows the caller no details', async () => {
  handle = async () => {
    throw new Error('password is hunter2');
  };

  const error = await predict().catch((thrown: unknown) => thrown as AppError);

  expect(error).toMatchObject({ kind: 'assertion_failed' });
  expect(String((error as AppError).message)).not.toContain('hunter2');
});

test('a call past its deadline is a timeout', async () => {
  handle = () => new Promise(() => undefined);

  const error = await callUnary(
    'Predict',
    client.predict.bind(client),
    scoringV1.PredictRequest.fromPartial({}),
    20,
  ).catch((thrown: unknown) => thrown as AppError);

  expect(error).toMatchObject({ kind: 'timeout' });
  handle = async () => scoringV1.PredictResponse.fromPartial({});
});
