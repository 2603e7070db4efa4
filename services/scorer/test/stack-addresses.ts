import { inject } from 'vitest';

export interface StackAddresses {
  /** `host:port` each. */
  readonly kafkaBrokers: readonly string[];
  readonly redisUrl: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    kafkaBrokers: readonly string[];
    redisUrl: string;
  }
}

/** The servers all integration tests share. The only place that knows where they come from. */
export function stackAddresses(): StackAddresses {
  return { kafkaBrokers: inject('kafkaBrokers'), redisUrl: inject('redisUrl') };
}
