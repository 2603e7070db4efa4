import { featuresByTerminalTopic, labelsValidatedTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import type { BusAdmin } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { Secret } from '@fraudflow/config';
import { connectRedis } from '@fraudflow/redis';
import { stageMetaKey, type StateEntity } from '@fraudflow/features';
import { waitFor } from '../wait-for.js';
import type { FaultStack } from './fault-stack.js';

type Redis = Awaited<ReturnType<typeof connectRedis>>;

const ROUTER_GROUP = 'feature-store.label-router';
const STAGES: readonly (readonly [StateEntity, string])[] = [
  ['customer', transactionsValidatedTopic.name],
  ['terminal', featuresByTerminalTopic.name],
];

/** Runs work on a separate connection that bypasses the proxies. */
export async function withRedis<T>(stack: FaultStack, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = await connectRedis({ url: new Secret(stack.servers.addresses.redisUrl), logger: silentLogger });
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

export const ID_KEY_NAME = 'ff:installation:transaction-id-key';

/** Sets a fixed hash key of transaction ids, so that the states of two runs can be compared byte by byte. */
export async function fixIdKey(stack: FaultStack): Promise<void> {
  await withRedis(stack, async (redis) => {
    await redis.set(ID_KEY_NAME, Buffer.alloc(16, 7).toString('base64'));
  });
}

/**
 * Waits until every label is routed and both stages have committed the ends of their inputs, so that nothing is in
 * flight.
 */
export async function untilCaughtUp(stack: FaultStack, timeoutMs = 120_000): Promise<void> {
  await withRedis(stack, async (redis) => {
    await waitFor(
      'the catch-up of the stages',
      () => behind(stack, redis),
      (places) => places.length === 0,
      timeoutMs,
    );
  });
}

/** Stage partitions whose committed offset is not the end of their input, e.g. `customer:2 is 17 behind`. */
async function behind(stack: FaultStack, redis: Redis): Promise<readonly string[]> {
  const places: string[] = await labelsToRoute(stack);
  for (const [stage, topic] of STAGES) {
    const ends = (await stack.bus.admin.offsets(topic)).map(({ end }) => end);
    for (const [partition, end] of ends.entries()) {
      const next = Number((await redis.hget(stageMetaKey(stage, partition), 'next')) ?? 0);
      if (next < end) places.push(`${stage}:${partition} is ${end - next} behind`);
    }
  }
  return places;
}

/** Number of labels that the router has written to the input of the terminal stage. */
export async function labelsRouted(admin: BusAdmin): Promise<number> {
  const committed = await admin.committed(ROUTER_GROUP, labelsValidatedTopic.name);
  return committed.reduce<number>((sum, offset) => sum + (offset ?? 0), 0);
}

async function labelsToRoute({ bus }: FaultStack): Promise<string[]> {
  const ends = (await bus.admin.offsets(labelsValidatedTopic.name)).reduce((sum, { end }) => sum + end, 0);
  const routed = await labelsRouted(bus.admin);
  return routed < ends ? [`${ends - routed} labels are not routed`] : [];
}
