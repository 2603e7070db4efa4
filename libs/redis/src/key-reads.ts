import { asError, unavailable } from '@fraudflow/core';
import type { Redis } from 'ioredis';

/** Values in the order of their keys, null where there is none. */
export type StoredValues = readonly (Buffer | null)[];

/** Reads string values from Redis. */
export interface KeyReads {
  /**
   * Passes the values of the keys, read at one point in time, to `use`. They are valid only during that call, so it
   * must copy values that it keeps.
   * @returns the result of `use`
   * @throws errors of `use`; AppError unavailable `REDIS_UNAVAILABLE`
   */
  read<T>(keys: readonly string[], use: (values: StoredValues) => T): Promise<T>;
}

/**
 * Reads through an ioredis client.
 * @throws its `read` rejects with AppError unavailable `REDIS_UNAVAILABLE`
 */
export function readsOf(redis: Pick<Redis, 'mgetBuffer'>): KeyReads {
  return {
    read: async (keys, use) => {
      const values = await redis.mgetBuffer([...keys]).catch((thrown: unknown) => {
        throw noAnswer(asError(thrown).message, asError(thrown));
      });
      return use(values);
    },
  };
}

/** Code of the AppError of a failed read. */
export const REDIS_UNAVAILABLE = 'REDIS_UNAVAILABLE';

/** The error of a failed read: AppError unavailable `REDIS_UNAVAILABLE`. */
export function noAnswer(reason: string, cause?: Error): Error {
  return unavailable(`the online store does not answer: ${reason}`, { code: REDIS_UNAVAILABLE, cause });
}
