import { inject } from 'vitest';

export interface StackAddresses {
  /** Addresses as `host:port`. */
  readonly kafkaBrokers: readonly string[];
  readonly redisUrl: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    kafkaBrokers: readonly string[];
    redisUrl: string;
  }
}

/** Addresses of the servers that all integration tests share. */
export function stackAddresses(): StackAddresses {
  return { kafkaBrokers: inject('kafkaBrokers'), redisUrl: inject('redisUrl') };
}
