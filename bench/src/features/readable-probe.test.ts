import { featuresV1 } from '@fraudflow/contracts';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { ReadableProbe } from './readable-probe.js';

type Answer = (error: { readonly code: number } | null, response?: featuresV1.GetOnlineFeaturesResponse) => void;

const EVENT = {
  transaction_id: 't1',
  occurred_at: '2026-05-01T12:00:00.000Z',
  customer_id: 'c1',
  terminal_id: 'm1',
  amount_minor: 100,
  currency: 'EUR',
};
const EVENT_MS = Date.parse(EVENT.occurred_at);
const INVALID_ARGUMENT = 3;
const UNAVAILABLE = 14;
const closing: (() => void)[] = [];

afterEach(() => closing.splice(0).forEach((close) => close()));

/**
 * Answers the n-th call, from 0, with these times of the customer's and the terminal's newest event, or with a status
 * code.
 */
async function startStore(answerTo: (call: number) => readonly [number, number] | number): Promise<string> {
  const server = new Server();
  let calls = 0;
  const { getOnlineFeatures } = featuresV1.FeatureStoreServiceService;
  server.addService(
    { getOnlineFeatures },
    {
      getOnlineFeatures: (_: unknown, answer: Answer) => {
        const given = answerTo(calls++);
        if (typeof given === 'number') return answer({ code: given });
        const [customerEventTimeMs, terminalEventTimeMs] = given;
        const row = { values: [], customerEventTimeMs, terminalEventTimeMs };
        answer(null, featuresV1.GetOnlineFeaturesResponse.fromPartial({ rows: [row] }));
      },
    },
  );
  closing.push(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    const listening = (error: Error | null, bound: number): void => (error ? reject(error) : resolve(bound));
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), listening);
  });
  return `127.0.0.1:${port}`;
}

test('a transaction is readable when both of its entities contain it, and not before', async () => {
  const newest: (readonly [number, number])[] = [
    [0, 0],
    [EVENT_MS, EVENT_MS - 1],
    [EVENT_MS, EVENT_MS],
  ];
  let calls = 0;
  const probe = new ReadableProbe(await startStore((call) => ((calls = call + 1), newest[call] ?? [0, 0])));

  probe.watch(EVENT);
  probe.start();
  const unreadable = await probe.stop(10_000);

  expect(unreadable).toBe(0);
  expect(calls).toBe(3);
  expect([...probe.readableAtMs.keys()]).toEqual(['t1']);
});

test('an unavailable store is polled again, and transactions that never become readable are counted', async () => {
  let calls = 0;
  const probe = new ReadableProbe(await startStore((call) => ((calls = call + 1), call === 0 ? UNAVAILABLE : [0, 0])));

  probe.watch(EVENT);
  probe.start();
  const unreadable = await probe.stop(200);

  expect(unreadable).toBe(1);
  expect(calls).toBeGreaterThan(1);
});

test('a store that refuses the request ends the probe with its error', async () => {
  const probe = new ReadableProbe(await startStore(() => INVALID_ARGUMENT));

  probe.watch(EVENT);
  probe.start();

  await expect(probe.stop(10_000)).rejects.toMatchObject({ kind: 'invalid_input' });
});
