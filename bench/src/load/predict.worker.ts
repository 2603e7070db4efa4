import { parentPort, workerData } from 'node:worker_threads';
import { scoringV1 } from '@fraudflow/contracts';
import { defined } from '@fraudflow/core';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { OpenLoop } from './open-loop.js';
import type { PredictInput, PredictReport, PredictWorkerOptions, ToWorker } from './predict-protocol.js';
import { RequestQueue } from './request-queue.js';

// The driver is a separate thread, so that the work of its parent does not affect the latencies.
const REPORT_EVERY_MS = 250;

const port = defined(parentPort, 'parent of the load driver');
const { address, perSecond, deadlineMs } = workerData as PredictWorkerOptions;
const client = createGrpcClient(scoringV1.ScoringServiceClient, address);
const queue = new RequestQueue();
let latencies: number[] = [];
let failures: Record<string, number> = {};
let answersByVersion: Record<string, number> = {};

const loop = new OpenLoop<PredictInput>({
  perSecond,
  next: () => queue.next(),
  call: predict,
  done: ({ latencyMs, failure }) => {
    if (failure === undefined) latencies.push(latencyMs);
    else failures[failure] = (failures[failure] ?? 0) + 1;
  },
});

async function predict(input: PredictInput): Promise<void> {
  const transaction = { ...input, currency: 'EUR' };
  const request: scoringV1.PredictRequest = { input: { $case: 'transaction', value: transaction }, requestId: '' };
  const { modelVersion } = await callUnary('predict', client.predict.bind(client), request, deadlineMs);
  answersByVersion[modelVersion] = (answersByVersion[modelVersion] ?? 0) + 1;
}

function report(isLast: boolean): void {
  const message: PredictReport = { latenciesMs: Float64Array.from(latencies), failures, answersByVersion, isLast };
  latencies = [];
  failures = {};
  answersByVersion = {};
  port.postMessage(message, [message.latenciesMs.buffer as ArrayBuffer]);
}

const reports = setInterval(() => report(false), REPORT_EVERY_MS);

port.on('message', (message: ToWorker) => {
  if (message.kind === 'requests') queue.add(message.inputs);
  else if (message.kind === 'repeat') queue.repeat(message.inputs);
  else void stop();
});

async function stop(): Promise<void> {
  clearInterval(reports);
  await loop.stop();
  client.close();
  report(true);
  port.close();
}

loop.start();
