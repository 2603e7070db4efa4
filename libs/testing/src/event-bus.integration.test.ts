// Real: Kafka, Redis. Faked: nothing.
import { describe } from 'vitest';
import { Redis } from 'ioredis';
import { defined } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { KafkaBus } from '@fraudflow/messaging';
import { RedisStageStore } from '../../redis/src/stage-store.js';
import { describeEventBus } from './event-bus.conformance.js';
import { eventBusStack } from './event-bus-stack.js';

describe.skipIf(!eventBusStack())('on the real stack', () => {
  describeEventBus('Kafka and Redis', async () => {
    const { brokers, redisUrl } = defined(eventBusStack(), 'addresses of the test stack');
    const bus = new KafkaBus({ brokers, clientId: 'conformance', logger: silentLogger });
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: 3 });
    const close = async (): Promise<void> => {
      await bus.close();
      redis.disconnect();
    };
    return { bus, store: new RedisStageStore(redis, 'conformance'), close };
  });
});
