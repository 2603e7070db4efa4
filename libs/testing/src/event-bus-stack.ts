import { processEnvironment } from '@fraudflow/config';

export interface EventBusStack {
  /** `host:port` list of Kafka brokers. */
  readonly brokers: readonly string[];
  readonly redisUrl: string;
}

/** Where the real broker and Redis of the tests listen, or undefined if none run. The one place to point elsewhere. */
export function eventBusStack(): EventBusStack | undefined {
  const env = processEnvironment();
  const brokers = env['TEST_KAFKA_BROKERS'];
  const redisUrl = env['TEST_REDIS_URL'];
  return brokers === undefined || redisUrl === undefined ? undefined : { brokers: brokers.split(','), redisUrl };
}
