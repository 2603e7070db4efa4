import { asError, partitionOf, unavailable } from '@fraudflow/core';
import { CustomerState, entityStateKey, TerminalState } from '@fraudflow/features';
import type { Redis } from 'ioredis';
import { type EntityIds, EntityStateReader, type EntityStates } from '../entity-states.port.js';

/** Entity states from Redis: one MGET for all rows. */
export class RedisEntityStateReader extends EntityStateReader {
  /** @param partitions of the stages' input topics: states are placed by them */
  constructor(
    private readonly redis: Redis,
    private readonly partitions: number,
  ) {
    super();
  }

  async read(ids: readonly EntityIds[]): Promise<readonly EntityStates[]> {
    const keys = ids.flatMap(({ customerId, terminalId }) => [
      entityStateKey('customer', partitionOf(customerId, this.partitions), customerId),
      entityStateKey('terminal', partitionOf(terminalId, this.partitions), terminalId),
    ]);
    const values = keys.length === 0 ? [] : await this.fetch(keys);
    return ids.map((_, i) => {
      const customer = values[2 * i];
      const terminal = values[2 * i + 1];
      return {
        customer: customer ? CustomerState.decode(customer) : undefined,
        terminal: terminal ? TerminalState.decode(terminal) : undefined,
      };
    });
  }

  private async fetch(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    try {
      return await this.redis.mgetBuffer([...keys]);
    } catch (thrown) {
      throw unavailable(`the online store does not answer: ${asError(thrown).message}`, { cause: thrown });
    }
  }
}
