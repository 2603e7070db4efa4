import { inject } from 'vitest';

export interface EventBusStack {
  /** `host:port` list of Kafka brokers. */
  readonly brokers: readonly string[];
  readonly redisUrl: string;
}

/** Addresses of the real broker and Redis, which the global set-up of the integration project started. */
export function eventBusStack(): EventBusStack {
  return { brokers: inject('kafkaBrokers'), redisUrl: inject('redisUrl') };
}
