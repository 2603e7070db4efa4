import { asError, partitionOf, unavailable } from '@fraudflow/core';
import { entityStateKey, type PackedRing, segmentKeys, stageCompleteKey, type StateEntity } from '@fraudflow/features';
import type { Redis } from 'ioredis';
import { type EntityIds, EntityStateReader, type EntityStates } from '../entity-states.port.js';

const NO_SEGMENTS: readonly Uint8Array[] = [];
const MAX_ATTEMPTS = 5;

interface RowParts {
  readonly parts: (PackedRing | undefined)[];
  readonly at: number;
}

/** Entity states from Redis: one MGET for all rows. */
export class RedisEntityStateReader extends EntityStateReader {
  /** @param partitions of the stages' input topics: states are placed by them */
  constructor(
    private readonly redis: Pick<Redis, 'mgetBuffer'>,
    private readonly partitions: number,
  ) {
    super();
  }

  async read(ids: readonly EntityIds[]): Promise<readonly EntityStates[]> {
    const keys = ids.flatMap(({ customerId, terminalId }) => [
      this.keyOf('customer', customerId, customerId),
      this.keyOf('terminal', terminalId, terminalId),
    ]);
    const marks = this.completenessKeys(ids);
    const values = await this.fetch([...keys, ...marks.values()]);
    const heads = values.slice(0, keys.length);
    const incomplete = new Set([...marks.keys()].filter((_, i) => values[keys.length + i] === null));
    const parts = heads.map((head): PackedRing | undefined => (head ? { head, segments: NO_SEGMENTS } : undefined));
    await Promise.all(ids.flatMap((row, i) => this.segmented(row, { parts, at: 2 * i })));
    return ids.map(({ customerId, terminalId }, i) => ({
      customer: parts[2 * i],
      terminal: parts[2 * i + 1],
      isStale:
        (customerId !== '' && incomplete.has(this.placeOf('customer', customerId))) ||
        (terminalId !== '' && incomplete.has(this.placeOf('terminal', terminalId))),
    }));
  }

  /** One key for each partition that is read, by place. In the same MGET as the states, so that both are of one moment. */
  private completenessKeys(ids: readonly EntityIds[]): ReadonlyMap<string, string> {
    const marks = new Map<string, string>();
    const add = (entity: StateEntity, id: string): void => {
      if (id !== '') marks.set(this.placeOf(entity, id), stageCompleteKey(entity, partitionOf(id, this.partitions)));
    };
    for (const { customerId, terminalId } of ids) {
      add('customer', customerId);
      add('terminal', terminalId);
    }
    return marks;
  }

  private placeOf(entity: StateEntity, id: string): string {
    return `${entity}:${partitionOf(id, this.partitions)}`;
  }

  /** Completes the states of a row that consist of several values; most are one. */
  private segmented({ customerId, terminalId }: EntityIds, { parts, at }: RowParts): Promise<void>[] {
    return [
      ...this.completed('customer', customerId, { parts, at }),
      ...this.completed('terminal', terminalId, { parts, at: at + 1 }),
    ];
  }

  private completed(entity: StateEntity, id: string, { parts, at }: RowParts): Promise<void>[] {
    const head = parts[at]?.head;
    if (head === undefined || segmentKeys(entity, id, head).length === 0) return [];
    return [
      this.whole(entity, id).then((whole) => {
        parts[at] = whole;
      }),
    ];
  }

  /** A head and its segments. The stage may close or drop one in between; then the head has changed, too, and is read again. */
  private async whole(entity: StateEntity, id: string): Promise<PackedRing | undefined> {
    for (let attempt = 1; ; attempt++) {
      const [head] = await this.fetch([this.keyOf(entity, id, id)]);
      if (!head) return undefined;
      const keys = segmentKeys(entity, id, head).map((key) => this.keyOf(entity, id, key));
      const [after, ...segments] = await this.fetch([this.keyOf(entity, id, id), ...keys]);
      if (after?.equals(head)) return { head, segments: segments.filter((segment) => segment !== null) };
      if (attempt === MAX_ATTEMPTS) throw unavailable(`${entity} ${id} changes faster than it can be read`);
    }
  }

  private keyOf(entity: StateEntity, id: string, key: string): string {
    return entityStateKey(entity, partitionOf(id, this.partitions), key);
  }

  private async fetch(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    if (keys.length === 0) return [];
    try {
      return await this.redis.mgetBuffer([...keys]);
    } catch (thrown) {
      throw unavailable(`the online store does not answer: ${asError(thrown).message}`, { cause: thrown });
    }
  }
}
