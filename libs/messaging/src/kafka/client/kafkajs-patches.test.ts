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

test('a completed request leaves no timer and no warning', async () => {
  const fixture = aQueue();

  push(fixture, 1);
  fixture.queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
  await new Promise((resolve) => setImmediate(resolve));

  expect(fixture.queue.throttleCheckTimeoutId).toBeNull();
  expect(warnings).toEqual([]);
});

test.each([
  ['never throttled', -1],
  ['a throttle that is over', 0],
  ['not a number', Number.NaN],
  ['an endless throttle', Number.POSITIVE_INFINITY],
])('a request over the in-flight limit waits with a bounded timer: %s', async (_name, throttledUntil) => {
  const fixture = aQueue(1);
  push(fixture, 1);
  fixture.queue.throttledUntil = throttledUntil;

  push(fixture, 2);
  await new Promise((resolve) => setImmediate(resolve));
  const armed = fixture.queue.throttleCheckTimeoutId !== null;
  fixture.queue.destroy();

  expect(armed).toBe(true);
  expect(fixture.sent).toEqual([1]);
  expect(warnings).toEqual([]);
});

test('a waiting request is sent when the response to the previous one arrives', () => {
  const fixture = aQueue(1);
  push(fixture, 1);
  push(fixture, 2);

  fixture.queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
  fixture.queue.destroy();

  expect(fixture.sent).toEqual([1, 2]);
});

const topic = (leader: number, partitionErrorCode: number, topicErrorCode = 0) => ({
  topicMetadata: [{ topic: 't', topicErrorCode, partitionMetadata: [{ partitionId: 0, leader, partitionErrorCode }] }],
});

test.each([0, 1, 2, 3, 4, 5, 6])(
  'metadata v%i is accepted with a leaderless partition and rejected with a broken topic',
  async (version) => {
    const response = require(`kafkajs/src/protocol/requests/metadata/v${version}/response`) as {
      parse(data: object): Promise<unknown>;
    };

    await expect(response.parse(topic(-1, 5))).resolves.toEqual(topic(-1, 5));
    await expect(response.parse(topic(-1, 0, 3))).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  },
);
