import { partitionOf } from '@fraudflow/core';
import { entityStateKey, stageCompleteKey, type StateEntity } from '@fraudflow/features';
import type { EntityIds } from '../entity-states.port.js';

/** Place of a state that is not read. */
export const UNREAD = -1;

/**
 * Keys of one MGET for some rows: the states, and one completeness marker per partition. One MGET reads both, so that
 * they are consistent. The partition of each id is computed once, because hashing is measurable in reads of many rows.
 */
export class StateReadPlan {
  readonly keys: string[] = [];
  /**
   * Places among the keys of the states and the markers of each row: customer at 2 × row, terminal at 2 × row + 1;
   * `UNREAD` if not requested.
   */
  readonly states: number[] = [];
  readonly marks: number[] = [];
  /** Places of the markers by partition. A single row has one marker per entity and needs no lookup. */
  private readonly known: Readonly<Record<StateEntity, Map<number, number>>> | undefined;

  /** @param partitions number of partitions of the input topics of the stages, which places the states */
  constructor(
    ids: readonly EntityIds[],
    private readonly partitions: number,
  ) {
    if (ids.length > 1) this.known = { customer: new Map(), terminal: new Map() };
    let at = 0;
    for (const { customerId, terminalId } of ids) {
      this.add('customer', customerId, at++);
      this.add('terminal', terminalId, at++);
    }
  }

  private add(entity: StateEntity, id: string, at: number): void {
    if (id === '') {
      this.states[at] = UNREAD;
      this.marks[at] = UNREAD;
      return;
    }
    const partition = partitionOf(id, this.partitions);
    this.states[at] = this.keys.push(entityStateKey(entity, partition, id)) - 1;
    this.marks[at] = this.markOf(entity, partition);
  }

  private markOf(entity: StateEntity, partition: number): number {
    const marks = this.known?.[entity];
    const known = marks?.get(partition);
    if (known !== undefined) return known;
    const place = this.keys.push(stageCompleteKey(entity, partition)) - 1;
    marks?.set(partition, place);
    return place;
  }
}
