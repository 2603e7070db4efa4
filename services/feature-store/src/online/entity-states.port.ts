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

/** Reads committed entity states. */
export abstract class EntityStateReader {
  /**
   * States in the order of the ids, in one round trip; entities of very many events need a second one.
   * @throws AppError unavailable, failed_precondition `STATE_CORRUPT`
   */
  abstract read(ids: readonly EntityIds[]): Promise<readonly EntityStates[]>;
}
