import { invalidInput, unreachable } from '@fraudflow/core';

/** A change of behaviour from a day on. Drifts of different kinds combine; of the same kind the newest counts. */
export type Drift =
  /** All amounts are multiplied by `factor`, and so is the amount threshold of fraud scenario 1. */
  | { readonly kind: 'spending'; readonly fromDay: number; readonly factor: number }
  /** Shifts all times of day by a number of hours, modulo 24. */
  | { readonly kind: 'hours'; readonly fromDay: number; readonly shiftHours: number }
  /** Multiplies the rate of newly compromised terminals and cards by `factor`. */
  | { readonly kind: 'fraud_rate'; readonly fromDay: number; readonly factor: number }
  /** Adds fraud scenario 4: a number of cards per day is tested with a burst of small amounts. */
  | { readonly kind: 'card_testing'; readonly fromDay: number; readonly cardsPerDay: number }
  /** Changes the distance within which customers use terminals. */
  | { readonly kind: 'radius'; readonly fromDay: number; readonly radius: number };

/** Parameters of the simulation on one day. */
export interface Behaviour {
  readonly spendingFactor: number;
  readonly shiftSeconds: number;
  readonly fraudRateFactor: number;
  readonly testedCardsPerDay: number;
  readonly radius: number;
}

/** The parameters on a day, with the drifts that have begun by then. */
export function behaviourOn(day: number, radius: number, drifts: readonly Drift[]): Behaviour {
  const start: Behaviour = { spendingFactor: 1, shiftSeconds: 0, fraudRateFactor: 1, testedCardsPerDay: 0, radius };
  return drifts.filter((drift) => drift.fromDay <= day).reduce(applied, start);
}

function applied(behaviour: Behaviour, drift: Drift): Behaviour {
  switch (drift.kind) {
    case 'spending':
      return { ...behaviour, spendingFactor: drift.factor };
    case 'hours':
      return { ...behaviour, shiftSeconds: Math.round(drift.shiftHours * 3_600) };
    case 'fraud_rate':
      return { ...behaviour, fraudRateFactor: drift.factor };
    case 'card_testing':
      return { ...behaviour, testedCardsPerDay: drift.cardsPerDay };
    case 'radius':
      return { ...behaviour, radius: drift.radius };
    default:
      return unreachable(drift);
  }
}

/** @throws AppError invalid_input if the drift begins on a day already simulated or its size is out of range. */
export function checkDrift(drift: Drift, nextDay: number): void {
  if (!Number.isInteger(drift.fromDay) || drift.fromDay < nextDay) {
    throw invalidInput(`drift ${drift.kind} must begin on a whole day from ${nextDay} on, not ${drift.fromDay}`, {
      field: 'fromDay',
    });
  }
  const [size, low] = sizeOf(drift);
  if (!Number.isFinite(size) || size < low) {
    throw invalidInput(`drift ${drift.kind} needs a size of at least ${low}, not ${size}`, { field: drift.kind });
  }
}

function sizeOf(drift: Drift): readonly [size: number, low: number] {
  switch (drift.kind) {
    case 'spending':
    case 'fraud_rate':
      return [drift.factor, 0];
    case 'hours':
      return [drift.shiftHours, -24];
    case 'card_testing':
      return [drift.cardsPerDay, 0];
    case 'radius':
      return [drift.radius, 0];
    default:
      return unreachable(drift);
  }
}
