import type { PackedRing } from '@fraudflow/features';

export interface EntityIds {
  /** Empty = not requested. */
  readonly customerId: string;
  readonly terminalId: string;
}

/** Stored states, packed. */
export interface EntityStates {
  /** Undefined = the entity is unknown or not requested. */
  readonly customer: PackedRing | undefined;
  readonly terminal: PackedRing | undefined;
  /** True while the state of a requested partition is being rebuilt: the states may be incomplete. */
  readonly isStale: boolean;
}

/** Callback with the states of a row. They are valid during the call only. */
export type TakeStates = (row: number, states: EntityStates) => void;

/** Reads committed entity states. */
export abstract class EntityStateReader {
  /**
   * Calls `take` once per id, in any order. Takes one round trip, and a second one if an entity has so much state that
   * it is stored in segments.
   * @throws AppError unavailable, failed_precondition `STATE_CORRUPT`; and whatever `take` throws
   */
  abstract read(ids: readonly EntityIds[], take: TakeStates): Promise<void>;
}
