import { delay, failedPrecondition } from '@fraudflow/core';
import type { TrainedSystem } from '../contract/trained-system.js';
import { predictInput } from '../load/predict-input.js';
import { LiveFeed } from '../traffic/live-feed.js';
import { grpcAddress } from '../system/service-addresses.js';
import { PredictLoad } from '../load/predict-load.js';
import type { RunFigures } from '../report/figure.js';

const PER_SECOND = 500;
const STREAM_PER_SECOND = 1_000;
const WARM_UP_MS = 4_000;
const MEASURED_MS = 20_000;
const DEADLINE_MS = 5_000;

/** gRPC Predict by transaction at a steady rate, open loop: latencies count from the time a call was due. */
export function measurePredict(system: TrainedSystem): Promise<RunFigures> {
  return measure(system, 'predict');
}

/** The same with a stream of 1,000 transactions a second. */
export async function measurePredictWithStream(system: TrainedSystem): Promise<RunFigures> {
  let failure: unknown;
  const feed = new LiveFeed(system.source, system.writer, STREAM_PER_SECOND, {
    transactionsAhead: () => undefined,
    backlog: () => 0,
  });
  feed.start((thrown) => (failure = thrown));
  let figures: RunFigures;
  try {
    figures = await measure(system, 'predict_beside_stream');
  } finally {
    await feed.stop();
  }
  if (failure !== undefined) throw failedPrecondition('the feed could not write', { cause: failure });
  return figures;
}

async function measure({ source, stack, signal }: TrainedSystem, name: string): Promise<RunFigures> {
  const inputs = source
    .nextDay()
    .filter((item) => item.transaction !== undefined)
    .map(predictInput);
  const address = grpcAddress(stack, 'scorer');
  const load = new PredictLoad({ address, perSecond: PER_SECOND, deadlineMs: DEADLINE_MS });
  load.repeat(inputs);
  // The driver needs a warm-up, too: a new thread compiles its client during the first calls.
  await delay(WARM_UP_MS, signal);
  load.forget();
  await delay(MEASURED_MS, signal);
  await load.stop();
  const { p50, p99 } = load.overallMs();
  if (load.failed > 0)
    throw failedPrecondition(`${load.failed} Predict calls failed: ${JSON.stringify(load.failures)}`);
  return {
    [`${name}_p50`]: { value: p50, unit: 'ms' },
    [`${name}_p99`]: { value: p99, unit: 'ms' },
    [`${name}_rate`]: { value: load.answered / (MEASURED_MS / 1_000), unit: '1/s' },
  };
}
