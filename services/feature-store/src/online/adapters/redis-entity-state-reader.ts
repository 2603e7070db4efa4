import { asError, partitionOf, unavailable } from '@fraudflow/core';
import { entityStateKey, type PackedRing, segmentKeys, type StateEntity } from '@fraudflow/features';
import type { Redis } from 'ioredis';
import { type EntityIds, EntityStateReader, type EntityStates } from '../entity-states.port.js';
import { StateReadPlan, UNREAD } from './state-read-plan.js';

type Values = readonly (Buffer | null)[];
type Parts = (PackedRing | undefined)[];

const NO_SEGMENTS: readonly Uint8Array[] = [];
const MAX_ATTEMPTS = 5;

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
    const plan = new StateReadPlan(ids, this.partitions);
    const values = await this.fetch(plan.keys);
    const parts: Parts = [];
    for (const place of plan.states) parts.push(ringOf(place === UNREAD ? null : values[place]));
    const incomplete = this.segmented(ids, parts);
    if (incomplete.length > 0) await Promise.all(incomplete);
    return ids.map((_, row) => ({
      customer: parts[2 * row],
      terminal: parts[2 * row + 1],
      isStale: isUnmarked(plan, values, 2 * row) || isUnmarked(plan, values, 2 * row + 1),
    }));
  }

  /** Completes the states that consist of several values; most are one. */
  private segmented(ids: readonly EntityIds[], parts: Parts): Promise<void>[] {
    const under: Promise<void>[] = [];
    for (let at = 0; at < parts.length; at++) {
      const head = parts[at]?.head;
      if (head === undefined) continue;
      const row = ids[at >> 1];
      const entity: StateEntity = at % 2 === 0 ? 'customer' : 'terminal';
      const id = (at % 2 === 0 ? row?.customerId : row?.terminalId) ?? '';
      if (segmentKeys(entity, id, head).length === 0) continue;
      under.push(this.whole(entity, id).then((whole) => void (parts[at] = whole)));
    }
    return under;
  }

  /** A head and its segments. The stage may close or drop one in between; then the head has changed, too, and is read again. */
  private async whole(entity: StateEntity, id: string): Promise<PackedRing | undefined> {
    const partition = partitionOf(id, this.partitions);
    const own = entityStateKey(entity, partition, id);
    for (let attempt = 1; ; attempt++) {
      const [head] = await this.fetch([own]);
      if (!head) return undefined;
      const keys = segmentKeys(entity, id, head).map((key) => entityStateKey(entity, partition, key));
      const [after, ...segments] = await this.fetch([own, ...keys]);
      if (after?.equals(head)) return { head, segments: segments.filter((segment) => segment !== null) };
      if (attempt === MAX_ATTEMPTS) throw unavailable(`${entity} ${id} changes faster than it can be read`);
    }
  }

  private async fetch(keys: readonly string[]): Promise<Values> {
    if (keys.length === 0) return [];
    try {
      return await this.redis.mgetBuffer([...keys]);
    } catch (thrown) {
      throw unavailable(`the online store does not answer: ${asError(thrown).message}`, { cause: thrown });
    }
  }
}

function ringOf(head: Buffer | null | undefined): PackedRing | undefined {
  return head ? { head, segments: NO_SEGMENTS } : undefined;
}

/** True where the partition of an entity that was asked for lacks its mark of completeness. */
function isUnmarked(plan: StateReadPlan, values: Values, at: number): boolean {
  const place = plan.marks[at] ?? UNREAD;
  return place !== UNREAD && !values[place];
}
