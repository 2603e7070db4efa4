// Real: Kafka, Redis. Faked: nothing.
import { Secret } from '@fraudflow/config';
import { silentLogger } from '@fraudflow/observability';
import { KafkaBus } from '@fraudflow/messaging';
import { connectRedis, RedisStageStore } from '@fraudflow/redis';
import { describeEventBus } from './event-bus.conformance.js';
import { eventBusStack } from './event-bus-stack.js';

describeEventBus('Kafka and Redis', async () => {
  const { brokers, redisUrl } = eventBusStack();
  const bus = new KafkaBus({ brokers, clientId: 'conformance', logger: silentLogger });
  const redis = await connectRedis({ url: new Secret(redisUrl), logger: silentLogger });
  const close = async (): Promise<void> => {
    await bus.close();
    redis.disconnect();
  };
  const loseState = async (): Promise<void> => {
    const keys = await redis.keys('conformance:*');
    if (keys.length > 0) await redis.del(keys);
  };
  return { bus, store: new RedisStageStore(redis, 'conformance'), loseState, close };
});
