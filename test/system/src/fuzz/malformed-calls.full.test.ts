import { delay } from '@fraudflow/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzzSystem } from './fuzz-system.js';
import { type FuzzedStack, startFuzzedStack } from './fuzzed-stack.js';

const CALLS = 20_000;
const WARM_UP_CALLS = 2_000;
const MAX_LOOP_DELAY_SECONDS = 0.05;
/** On a busy machine an idle service has a delay, too. It is measured first and may double under the calls. */
const MAX_LOOP_DELAY_FACTOR = 2;
const IDLE_MS = 5_000;
/** Allowed growth of caches. */
const MAX_GROWTH_MB = 150;

let stack: FuzzedStack;

beforeAll(async () => {
  stack = await startFuzzedStack();
});

afterAll(() => stack?.stop());

test('20,000 malformed calls end no service, block no event loop for long and do not increase memory', async () => {
  const { addresses } = stack;
  await fuzzSystem({ addresses, calls: WARM_UP_CALLS, seed: 2 });
  const services = Object.keys(addresses);
  const before = await Promise.all(services.map((service) => stack.memoryMb(service)));
  const idle = await idleLoopDelays(services);

  const { calls, violations } = await fuzzSystem({ addresses, calls: CALLS, seed: 3 });

  expect(violations).toEqual([]);
  expect(calls).toBeGreaterThanOrEqual(CALLS);
  expect(await stack.unhealthy()).toEqual([]);
  for (const [index, service] of services.entries()) {
    const allowed = Math.max(MAX_LOOP_DELAY_SECONDS, MAX_LOOP_DELAY_FACTOR * (idle[index] ?? 0));
    expect.soft(await stack.loopDelaySeconds(service), `loop delay of ${service}`).toBeLessThanOrEqual(allowed);
    expect
      .soft(await stack.memoryMb(service), `memory of ${service}`)
      .toBeLessThan((before[index] ?? 0) + MAX_GROWTH_MB);
  }
});

/** p99 of each service's event-loop delay without calls. Each read of the metric starts a new measurement. */
async function idleLoopDelays(services: readonly string[]): Promise<readonly number[]> {
  const ask = () => Promise.all(services.map((service) => stack.loopDelaySeconds(service)));
  await ask();
  await delay(IDLE_MS);
  return ask();
}
