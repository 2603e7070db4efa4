import { inject } from 'vitest';

export interface EventBusStack {
  /** `host:port` list of Kafka brokers. */
  readonly brokers: readonly string[];
  readonly redisUrl: string;
}

/** Where the real broker and Redis of the tests listen: the stack that the global set-up of the integration project started. */
export function eventBusStack(): EventBusStack {
  return { brokers: inject('kafkaBrokers'), redisUrl: inject('redisUrl') };
}
