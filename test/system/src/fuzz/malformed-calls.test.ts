import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzzSystem } from './fuzz-system.js';
import { type FuzzedStack, startFuzzedStack } from './fuzzed-stack.js';

const CALLS = 2_000;

let stack: FuzzedStack;

beforeAll(async () => {
  stack = await startFuzzedStack();
});

afterAll(() => stack?.stop());

test('malformed calls to every method and route get client-error statuses and end no service', async () => {
  const { calls, violations } = await fuzzSystem({ addresses: stack.addresses, calls: CALLS, seed: 1 });

  expect(violations).toEqual([]);
  expect(calls).toBeGreaterThanOrEqual(CALLS);
  expect(await stack.unhealthy()).toEqual([]);
});
