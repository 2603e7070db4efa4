import { type TrainingCompleted, trainingV1 } from '@fraudflow/contracts';
import { systemClock } from '@fraudflow/core';
import { Registry, silentLogger } from '@fraudflow/observability';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { serveControllers } from '@fraudflow/service/testing/serve-controllers';
import { afterEach, expect, test, vi } from 'vitest';
import { TrainerEvents } from '../../events.js';
import { TrainingJobs } from '../../jobs/training-jobs.service.js';
import { RetryPolicy } from '../../steps/retry-policy.js';
import type { TrainingPipeline } from '../../steps/training-pipeline.js';
import { TRAINING_SERVICE, TrainingController } from './training.controller.js';

const DEADLINE_MS = 5_000;
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Continues until it is aborted. */
const run: TrainingPipeline['run'] = (_request, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

async function aTrainer() {
  const announced: TrainingCompleted[] = [];
  const jobs = new TrainingJobs({ run }, 'fraud', {
    announcer: { trainingCompleted: async (event) => void announced.push(event) },
    events: new TrainerEvents(silentLogger, new Registry()),
    clock: systemClock,
    retries: new RetryPolicy({ firstBackoffMs: 0, lastBackoffMs: 0, attempts: 1 }),
  });
  closing.push(() => jobs.stop());
  const { grpcAddress, close } = await serveControllers({
    controllers: [TrainingController],
    providers: [{ provide: TrainingJobs, useValue: jobs }],
    services: [TRAINING_SERVICE],
  });
  closing.push(close);
  const client = createGrpcClient(trainingV1.TrainingServiceClient, grpcAddress);
  closing.push(() => client.close());
  return { client, announced };
}

type Client = Awaited<ReturnType<typeof aTrainer>>['client'];

function start(client: Client, request: Partial<trainingV1.StartTrainingRequest>) {
  const message = trainingV1.StartTrainingRequest.fromPartial(request);
  return callUnary('StartTraining', client.startTraining.bind(client), message, DEADLINE_MS);
}

const get = (client: Client, requestId: string) =>
  callUnary('GetTraining', client.getTraining.bind(client), { requestId }, DEADLINE_MS);

test('a training is started, found by its id and listed, the newest first', async () => {
  const { client } = await aTrainer();

  const first = await start(client, { modelName: 'fraud', requestId: 'first' });
  await start(client, { requestId: 'second', reason: 'manual' });
  const found = await get(client, 'first');
  const listed = await callUnary('ListTrainings', client.listTrainings.bind(client), { limit: 0 }, DEADLINE_MS);

  expect(first.training).toMatchObject({ requestId: 'first', modelName: 'fraud', state: 'queued' });
  expect(found.training).toMatchObject({ requestId: 'first' });
  expect(listed.trainings.map(({ requestId }) => requestId)).toEqual(['second', 'first']);
});

test('a cancelled training ends as cancelled', async () => {
  const { client, announced } = await aTrainer();
  await start(client, { requestId: 'a' });

  await callUnary('CancelTraining', client.cancelTraining.bind(client), { requestId: 'a' }, DEADLINE_MS);

  await vi.waitFor(() => expect(announced).toMatchObject([{ request_id: 'a', outcome: 'cancelled' }]));
  expect((await get(client, 'a')).training).toMatchObject({ state: 'cancelled' });
});

test('another model and an unknown id are errors that name their field', async () => {
  const { client } = await aTrainer();

  await expect(start(client, { modelName: 'other' })).rejects.toMatchObject({
    kind: 'invalid_input',
    field: 'model_name',
  });
  await expect(get(client, 'unknown')).rejects.toMatchObject({ kind: 'not_found', field: 'request_id' });
});
