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
  await drive(new PredictLoad({ address, perSecond: PER_SECOND, deadlineMs: DEADLINE_MS }), WARM_UP_MS);
  const load = new PredictLoad({ address, perSecond: PER_SECOND, deadlineMs: DEADLINE_MS });
  await drive(load, MEASURED_MS);
  const { p50, p99 } = load.overallMs();
  return {
    predict_p50: { value: p50, unit: 'ms' },
    predict_p99: { value: p99, unit: 'ms' },
    predict_rate: { value: load.answered / (MEASURED_MS / 1_000), unit: '1/s' },
    predict_failed: { value: load.failed, unit: 'calls' },
  };

  async function drive(one: PredictLoad, forMs: number): Promise<void> {
    one.repeat(inputs);
    await delay(forMs, signal);
    await one.stop();
  }
}
