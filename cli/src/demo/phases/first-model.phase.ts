import { trainingV1 } from '@fraudflow/contracts';
import { delay, failedPrecondition, isRetryable, timedOut } from '@fraudflow/core';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { checkAlive, type DemoContext, waitUntil } from '../context/demo-context.js';
import { grpcAddress } from '@fraudflow/bench';

const POLL_EVERY_MS = 300;
const CALL_DEADLINE_MS = 10_000;
const TRAIN_LIMIT_MS = 120_000;
const SERVE_LIMIT_MS = 60_000;
const CATCH_UP_LIMIT_MS = 120_000;
const FAILED_STATES: ReadonlySet<string> = new Set(['rejected', 'failed', 'cancelled']);

/**
 * (b) Requests a first model from the trainer, waits until the gates accept it and until it has scored the whole
 * history.
 */
export async function firstModelPhase(context: DemoContext): Promise<void> {
  const { board, observer, view } = context;
  board.begin('first_model');
  const { modelVersion, message } = await trained(context);
  view.note(`version ${modelVersion} passed the gates: ${message}`);
  await waitUntil(context, () => observer.story.inProduction !== undefined, {
    what: 'the first version in Production',
    limitMs: SERVE_LIMIT_MS,
  });
  await waitUntil(context, () => observer.flows.scored.count > 0 && observer.lag === 0, {
    what: 'a score for every transaction of history',
    limitMs: CATCH_UP_LIMIT_MS,
    onPoll: () => {
      const { scored } = observer.flows;
      board.progress(
        scored.count / Math.max(1, scored.count + observer.lag),
        `scoring history, ${Math.round(scored.perSecond)}/s`,
      );
    },
  });
  board.progress(1, `version ${modelVersion} active`);
}

async function trained(context: DemoContext): Promise<trainingV1.Training> {
  const client = createGrpcClient(trainingV1.TrainingServiceClient, grpcAddress(context.stack, 'trainer'));
  const giveUpAtMs = performance.now() + TRAIN_LIMIT_MS;
  try {
    while (performance.now() < giveUpAtMs) {
      checkAlive(context);
      const training = await askedFor(client);
      context.board.progress(
        training?.progress,
        `${training?.state ?? 'waiting for the trainer'} ${training?.message ?? ''}`.trim(),
      );
      if (training?.state === 'promoted') return training;
      if (training !== undefined && FAILED_STATES.has(training.state)) {
        throw failedPrecondition(`the first model was ${training.state}: ${training.message}`);
      }
      await delay(POLL_EVERY_MS, context.signal);
    }
  } finally {
    client.close();
  }
  throw timedOut(`the first training did not end within ${TRAIN_LIMIT_MS / 1_000} s`);
}

/**
 * The present state of the training; undefined while the trainer is unavailable. The start request is idempotent: with
 * the same id the training runs once, and a restarted trainer continues it.
 */
async function askedFor(client: trainingV1.TrainingServiceClient): Promise<trainingV1.Training | undefined> {
  const start = { modelName: '', dataUntilMs: 0, requestId: 'demo-first-model', reason: 'first model of the demo' };
  try {
    return (await callUnary('start training', client.startTraining.bind(client), start, CALL_DEADLINE_MS)).training;
  } catch (thrown) {
    if (isRetryable(thrown)) return undefined;
    throw thrown;
  }
}
