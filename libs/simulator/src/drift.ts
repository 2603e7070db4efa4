import { invalidInput, unreachable } from '@fraudflow/core';

/** A change of the world from a day on. Several add up; of the same kind the newest counts. */
export type Drift =
  /** Everyone spends `factor` times as much, and the high-amount thieves keep their distance: their threshold moves along. */
  | { readonly kind: 'spending'; readonly fromDay: number; readonly factor: number }
  /** Life moves by so many hours, around the clock. */
  | { readonly kind: 'hours'; readonly fromDay: number; readonly shiftHours: number }
  /** Terminals and cards fall into thieves' hands `factor` times as often. */
  | { readonly kind: 'fraud_rate'; readonly fromDay: number; readonly factor: number }
  /** A new fraud: so many cards a day are tested with a burst of small amounts. */
  | { readonly kind: 'card_testing'; readonly fromDay: number; readonly cardsPerDay: number }
  /** Customers use terminals within another distance. */
  | { readonly kind: 'radius'; readonly fromDay: number; readonly radius: number };

/** How the world behaves on one day. */
export interface Behaviour {
  readonly spendingFactor: number;
  readonly shiftSeconds: number;
  readonly fraudRateFactor: number;
  readonly testedCardsPerDay: number;
  readonly radius: number;
}

/** The behaviour on a day under the drifts that have begun by then. */
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

/** @throws AppError invalid_input if the drift begins on a day already simulated or its size makes no sense. */
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
