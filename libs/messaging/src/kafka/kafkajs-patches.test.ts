import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { patchKafkajs } from './kafkajs-patches.js';

const require = createRequire(import.meta.url);

interface Queue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly pending: { readonly entry: { readonly correlationId: number } }[];
  push(request: object): void;
  maybeThrottle(ms: number): void;
  fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
  destroy(): void;
}

const RequestQueue = require('kafkajs/src/network/requestQueue') as new (options: object) => Queue;
const warnings: Error[] = [];
const note = (warning: Error): void => void warnings.push(warning);
const quiet = { debug: () => undefined, warn: () => undefined };

beforeEach(() => {
  patchKafkajs();
  warnings.length = 0;
  process.on('warning', note);
});

afterEach(() => {
  process.off('warning', note);
});

function aQueue(maxInFlightRequests: number | null = null): { queue: Queue; sent: number[] } {
  const sent: number[] = [];
  const queue = new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 1_000,
    clientId: 'c',
    broker: 'b',
    logger: quiet,
  });
  return { queue, sent };
}

function push({ queue, sent }: { queue: Queue; sent: number[] }, correlationId: number): void {
  const entry = { correlationId, resolve: () => undefined, reject: () => undefined, apiName: 'x' };
  queue.push({ entry, expectResponse: true, sendRequest: () => sent.push(correlationId) });
}

test('an answered request leaves no timer and no warning behind', async () => {
  const made = aQueue();

  push(made, 1);
  made.queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
  await new Promise((resolve) => setImmediate(resolve));

  expect(made.queue.throttleCheckTimeoutId).toBeNull();
  expect(warnings).toEqual([]);
});

test.each([
  ['never throttled', -1],
  ['a throttle that is over', 0],
  ['no number', Number.NaN],
  ['an endless throttle', Number.POSITIVE_INFINITY],
])('a request over the limit waits behind a timer within bounds: %s', async (_name, throttledUntil) => {
  const made = aQueue(1);
  push(made, 1);
  made.queue.throttledUntil = throttledUntil;

  push(made, 2);
  await new Promise((resolve) => setImmediate(resolve));
  const armed = made.queue.throttleCheckTimeoutId !== null;
  made.queue.destroy();

  expect(armed).toBe(true);
  expect(made.sent).toEqual([1]);
  expect(warnings).toEqual([]);
});

test('a request that waits goes out with the answer to the one before it', () => {
  const made = aQueue(1);
  push(made, 1);
  push(made, 2);

  made.queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
  made.queue.destroy();

  expect(made.sent).toEqual([1, 2]);
});

const topic = (leader: number, partitionErrorCode: number, topicErrorCode = 0) => ({
  topicMetadata: [{ topic: 't', topicErrorCode, partitionMetadata: [{ partitionId: 0, leader, partitionErrorCode }] }],
});

test.each([0, 1, 2, 3, 4, 5, 6])(
  'metadata v%i with a leaderless partition is taken, and with a broken topic refused',
  async (version) => {
    const response = require(`kafkajs/src/protocol/requests/metadata/v${version}/response`) as {
      parse(data: object): Promise<unknown>;
    };

    await expect(response.parse(topic(-1, 5))).resolves.toEqual(topic(-1, 5));
    await expect(response.parse(topic(-1, 0, 3))).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  },
);
