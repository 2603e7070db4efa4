import 'reflect-metadata';
import { fuzzGrpc } from '@fraudflow/rpc/testing/grpc-fuzz';
import { fuzzHttp } from '@fraudflow/rpc/testing/http-fuzz';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveControllers } from '@fraudflow/service/testing/serve-controllers';
import { ModelLoader } from './models/model-loader.js';
import { SCORING_SERVICE, ScoringController } from './protocols/fraudflow/scoring.controller.js';
import { PredictController } from './protocols/rest/predict.controller.js';
import { ModelsController, ServedModel } from './protocols/tensorflow/models.controller.js';
import { TensorOptions } from './protocols/tensorflow/tensor-options.js';
import { TfPredictionService } from './protocols/tensorflow/tf-prediction.service.js';
import { tensorServices, TfServingController } from './protocols/tensorflow/tf-serving.controller.js';
import { PredictService } from './scoring/predict.service.js';
import { RequestOptions } from './scoring/request-options.js';
import { anArtifact } from '../test/support/a-model.js';
import { aServingScorer } from '../test/support/a-scorer.js';
import { systemClock } from '@fraudflow/core';

const closing: (() => Promise<unknown>)[] = [];
let grpcAddress: string;
let baseUrl: string;

beforeAll(async () => {
  const { predictions, tensors, loader, metrics, ...scorer } = await aServingScorer(anArtifact());
  const requests = { ...scorer.requests, clock: systemClock, timeoutMs: 5_000 };
  const tensorOptions = { modelName: 'fraud_detector', clock: systemClock, defaultTimeoutMs: 5_000, maxRows: 1_000 };
  const serving = await serveControllers({
    controllers: [ScoringController, TfServingController, PredictController, ModelsController],
    providers: [
      { provide: PredictService, useValue: predictions },
      { provide: RequestOptions, useValue: requests },
      { provide: ModelLoader, useValue: loader },
      { provide: TfPredictionService, useValue: tensors },
      { provide: TensorOptions, useValue: tensorOptions },
      { provide: ServedModel, useValue: { name: 'fraud_detector' } },
    ],
    services: [SCORING_SERVICE, ...tensorServices(tensorOptions.maxRows)],
    metrics,
  });
  ({ baseUrl, grpcAddress } = serving);
  closing.push(serving.close);
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
