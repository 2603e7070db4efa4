import 'reflect-metadata';
import { HealthRegistry, Registry, silentLogger } from '@fraudflow/observability';
import { createHttpApp, GrpcServer, listenHttp } from '@fraudflow/rpc';
import { fuzzGrpc } from '@fraudflow/rpc/testing/grpc-fuzz';
import { fuzzHttp } from '@fraudflow/rpc/testing/http-fuzz';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppModule } from './app.module.js';
import { ScoringController } from './protocols/fraudflow/scoring.controller.js';
import { TfServingController } from './protocols/tensorflow/tf-serving.controller.js';
import { anArtifact } from '../test/support/a-model.js';
import { aServingScorer } from '../test/support/a-scorer.js';
import { systemClock } from '@fraudflow/core';

const closing: (() => Promise<unknown>)[] = [];
let grpcAddress: string;
let baseUrl: string;

beforeAll(async () => {
  const { predictions, tensors, loader, metrics, ...scorer } = await aServingScorer(anArtifact());
  const requests = { ...scorer.requests, clock: systemClock, timeoutMs: 5_000 };
  const grpc = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  const options = { modelName: 'fraud_detector', clock: systemClock, defaultTimeoutMs: 5_000, maxRows: 1_000 };
  new ScoringController(predictions, requests).addTo(grpc);
  new TfServingController(tensors, loader, options).addTo(grpc);
  grpcAddress = `127.0.0.1:${await grpc.listen('127.0.0.1:0')}`;
  const served = { name: 'fraud_detector' };
  const parts = { health: new HealthRegistry(), metrics, predictions, loader, requests, served };
  const app = await createHttpApp(AppModule.with(parts), { logger: silentLogger });
  baseUrl = `http://127.0.0.1:${await listenHttp(app, 0, '127.0.0.1')}`;
  closing.push(
    () => grpc.stop(100),
    () => app.close(),
  );
});

afterAll(async () => {
  for (const close of closing) await close();
});

test("malformed gRPC calls are reported as the caller's error", async () => {
  const services = [
    'fraudflow.scoring.v1.ScoringService',
    'tensorflow.serving.PredictionService',
    'tensorflow.serving.ModelService',
  ];

  const report = await fuzzGrpc({ address: grpcAddress, services, calls: 600, seed: 11 });

  expect(report.violations).toEqual([]);
  expect(report.calls).toBe(600);
});

test("malformed HTTP requests are reported as the caller's error", async () => {
  const transaction = {
    transaction_id: 't1',
    occurred_at: '2026-04-01T12:00:00Z',
    customer_id: 'c1',
    terminal_id: 'm1',
    amount: 12.5,
    currency: 'EUR',
  };
  const routes = [
    { method: 'POST', path: '/predict', sample: { transaction, threshold: 0.5, request_id: 'r' } },
    { method: 'POST', path: '/predict', sample: { features: { tx_amount: 5, tx_during_night: null } } },
    { method: 'GET', path: '/v1/models/{name}' },
    { method: 'GET', path: '/{anything}' },
  ] as const;

  const report = await fuzzHttp({ baseUrl, routes, calls: 600, seed: 12 });

  expect(report.violations).toEqual([]);
});
