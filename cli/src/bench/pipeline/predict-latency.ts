import { delay } from '@fraudflow/core';
import type { DemoContext } from '../../demo/demo-context.js';
import { predictInput } from '../../demo/live-traffic.js';
import { grpcAddress } from '../../demo/service-addresses.js';
import { PredictLoad } from '../load/predict-load.js';
import type { RunFigures } from '../report/figure.js';

const PER_SECOND = 500;
const WARM_UP_MS = 4_000;
const MEASURED_MS = 20_000;
const DEADLINE_MS = 5_000;

/** gRPC Predict by transaction at a steady rate, open loop: latencies count from the time a call was due. */
export async function measurePredict({ source, stack, signal }: DemoContext): Promise<RunFigures> {
  const inputs = source
    .nextDay()
    .filter((item) => item.transaction !== undefined)
    .map(predictInput);
  const address = grpcAddress(stack, 'scorer');
  const load = new PredictLoad({ address, perSecond: PER_SECOND, deadlineMs: DEADLINE_MS });
  load.repeat(inputs);
  // The driver warms up, too: a fresh thread compiles its client during the first calls.
  await delay(WARM_UP_MS, signal);
  load.forget();
  await delay(MEASURED_MS, signal);
  await load.stop();
  const { p50, p99 } = load.overallMs();
  return {
    predict_p50: { value: p50, unit: 'ms' },
    predict_p99: { value: p99, unit: 'ms' },
    predict_rate: { value: load.answered / (MEASURED_MS / 1_000), unit: '1/s' },
    predict_failed: { value: load.failed, unit: 'calls' },
  };
}
