import type { PackedRing } from '@fraudflow/features';

export interface EntityIds {
  /** Empty = not asked for. */
  readonly customerId: string;
  readonly terminalId: string;
}

/** Stored states, packed. */
export interface EntityStates {
  /** Undefined = the entity is unknown, or was not asked for. */
  readonly customer: PackedRing | undefined;
  readonly terminal: PackedRing | undefined;
  /** True while the state of a partition asked for is being rebuilt: what is here may be incomplete. */
  readonly isStale: boolean;
}

/** Takes the states of a row. They are gone when it returns: what is to be kept has to be copied. */
export type TakeStates = (row: number, states: EntityStates) => void;

/** Reads committed entity states. */
export abstract class EntityStateReader {
  /**
   * Hands over the states of each of the ids once, in whatever order; one round trip, and a second one for entities of
   * very many events.
   * @throws AppError unavailable, failed_precondition `STATE_CORRUPT`; what `take` throws
   */
  abstract read(ids: readonly EntityIds[], take: TakeStates): Promise<void>;
}
