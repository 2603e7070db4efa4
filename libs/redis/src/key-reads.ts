import { asError, unavailable } from '@fraudflow/core';
import type { Redis } from 'ioredis';

/** Values in the order of their keys, null where there is none. */
export type StoredValues = readonly (Buffer | null)[];

/** Reads strings of Redis. */
export interface KeyReads {
  /**
   * Hands the values of the keys, all of one moment, to `use`. They are gone when it returns: what is to be kept has to be copied.
   * @returns what `use` returned. @throws what `use` throws; AppError unavailable `REDIS_UNAVAILABLE`
   */
  read<T>(keys: readonly string[], use: (values: StoredValues) => T): Promise<T>;
}

/** Reads through a client of the usual kind. */
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

/** Code of the AppError a read fails with. */
export const REDIS_UNAVAILABLE = 'REDIS_UNAVAILABLE';

/** What a read fails with. */
export function noAnswer(reason: string, cause?: Error): Error {
  return unavailable(`the online store does not answer: ${reason}`, { code: REDIS_UNAVAILABLE, cause });
}
