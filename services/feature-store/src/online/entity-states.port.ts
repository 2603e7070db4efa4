import type { CustomerState, TerminalState } from '@fraudflow/features';

export interface EntityIds {
  /** Empty = not asked for. */
  readonly customerId: string;
  readonly terminalId: string;
}

export interface EntityStates {
  /** Undefined = the entity is unknown. */
  readonly customer: CustomerState | undefined;
  readonly terminal: TerminalState | undefined;
}

/** Reads committed entity states. */
export abstract class EntityStateReader {
  /**
   * States in the order of the ids, in one round trip.
   * @throws AppError unavailable
   */
  abstract read(ids: readonly EntityIds[]): Promise<readonly EntityStates[]>;
}
