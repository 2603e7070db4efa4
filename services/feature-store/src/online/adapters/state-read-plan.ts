import { partitionOf } from '@fraudflow/core';
import { entityStateKey, stageCompleteKey, type StateEntity } from '@fraudflow/features';
import type { EntityIds } from '../entity-states.port.js';

/** Nothing is read for it. */
export const UNREAD = -1;

/**
 * What one MGET reads for some rows: the states, and once for each partition among them the mark that its states are
 * complete. In the same MGET, so that both are of one moment. The partition of each id is worked out once: in a read of
 * many rows hashing shows.
 */
export class StateReadPlan {
  readonly keys: string[] = [];
  /**
   * Where the states and the marks of customer and terminal of a row stand among the keys, `UNREAD` if not asked for: 2
   * × row, 2 × row + 1.
   */
  readonly states: number[] = [];
  readonly marks: number[] = [];
  /** Places of marks by partition. A single row has one of each, and nothing to look for. */
  private readonly known: Readonly<Record<StateEntity, Map<number, number>>> | undefined;

  /** @param partitions of the stages' input topics: states are placed by them */
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
