import { partitionOf, unavailable } from '@fraudflow/core';
import { entityStateKey, isCompleteMark, type PackedRing, segmentKeys, type StateEntity } from '@fraudflow/features';
import { type EntityIds, EntityStateReader, type EntityStates, type TakeStates } from '../entity-states.port.js';
import type { KeyReads, StoredValues } from '@fraudflow/redis';
import { StateReadPlan, UNREAD } from './state-read-plan.js';

const NO_SEGMENTS: readonly Uint8Array[] = [];
const NO_STATES: EntityStates = { customer: undefined, terminal: undefined, isStale: false };
const MAX_ATTEMPTS = 5;

/** A row with a state that is stored as several values (a head and segments). */
interface Incomplete {
  readonly row: number;
  readonly ids: EntityIds;
  /** Copies, because the reply is valid during the callback only. */
  readonly states: EntityStates;
}

/** Entity states from Redis: one MGET for all rows. */
export class RedisEntityStateReader extends EntityStateReader {
  /** @param partitions number of partitions of the input topics of the stages, which places the states */
  constructor(
    private readonly redis: KeyReads,
    private readonly partitions: number,
  ) {
    super();
  }

  async read(ids: readonly EntityIds[], take: TakeStates): Promise<void> {
    const plan = new StateReadPlan(ids, this.partitions);
    if (plan.keys.length === 0) return ids.forEach((_, row) => take(row, NO_STATES));
    const incomplete = await this.redis.read(plan.keys, (values) => {
      const later: Incomplete[] = [];
      for (let row = 0; row < ids.length; row++) {
        const states = statesOf(plan, values, row);
        const place = { row, ids: ids[row] as EntityIds };
        if (isWhole(place.ids, states)) take(row, states);
        else later.push({ ...place, states: kept(states) });
      }
      return later;
    });
    if (incomplete.length > 0) await Promise.all(incomplete.map((one) => this.complete(one, take)));
  }

  /** Reads the segments of states that are stored as several values. Most states are one value. */
  private async complete({ row, ids, states }: Incomplete, take: TakeStates): Promise<void> {
    const { customer, terminal, isStale } = states;
    const { customerId, terminalId } = ids;
    const [wholeCustomer, wholeTerminal] = await Promise.all([
      isSegmented('customer', customerId, customer) ? this.whole('customer', customerId) : customer,
      isSegmented('terminal', terminalId, terminal) ? this.whole('terminal', terminalId) : terminal,
    ]);
    take(row, { customer: wholeCustomer, terminal: wholeTerminal, isStale });
  }

  /**
   * A head and its segments. If the stage closes or drops a segment between the two reads, the head changes as well,
   * and both are read again.
   */
  private async whole(entity: StateEntity, id: string): Promise<PackedRing | undefined> {
    const partition = partitionOf(id, this.partitions);
    const own = entityStateKey(entity, partition, id);
    for (let attempt = 1; ; attempt++) {
      const [head] = await this.redis.read([own], copied);
      if (!head) return undefined;
      const keys = segmentKeys(entity, id, head).map((key) => entityStateKey(entity, partition, key));
      const [after, ...segments] = await this.redis.read([own, ...keys], copied);
      if (after?.equals(head)) return { head, segments: segments.filter((segment) => segment !== null) };
      if (attempt === MAX_ATTEMPTS) throw unavailable(`${entity} ${id} changes faster than it can be read`);
    }
  }
}

function statesOf(plan: StateReadPlan, values: StoredValues, row: number): EntityStates {
  return {
    customer: ringOf(plan, values, 2 * row),
    terminal: ringOf(plan, values, 2 * row + 1),
    isStale: isUnmarked(plan, values, 2 * row) || isUnmarked(plan, values, 2 * row + 1),
  };
}

function ringOf({ states }: StateReadPlan, values: StoredValues, at: number): PackedRing | undefined {
  const place = states[at] ?? UNREAD;
  const head = place === UNREAD ? undefined : values[place];
  return head ? { head, segments: NO_SEGMENTS } : undefined;
}

/** True if the partition of a requested entity has no completeness marker, because its state is being rebuilt. */
function isUnmarked(plan: StateReadPlan, values: StoredValues, at: number): boolean {
  const place = plan.marks[at] ?? UNREAD;
  return place !== UNREAD && !isCompleteMark(values[place]);
}

function isWhole({ customerId, terminalId }: EntityIds, { customer, terminal }: EntityStates): boolean {
  return !isSegmented('customer', customerId, customer) && !isSegmented('terminal', terminalId, terminal);
}

function isSegmented(entity: StateEntity, id: string, ring: PackedRing | undefined): boolean {
  return ring !== undefined && segmentKeys(entity, id, ring.head).length > 0;
}

function kept({ customer, terminal, isStale }: EntityStates): EntityStates {
  return { customer: keptRing(customer), terminal: keptRing(terminal), isStale };
}

function keptRing(ring: PackedRing | undefined): PackedRing | undefined {
  return ring && { head: Buffer.from(ring.head), segments: NO_SEGMENTS };
}

function copied(values: StoredValues): StoredValues {
  return values.map((value) => (value === null ? null : Buffer.from(value)));
}
