import { invalidInput } from '@fraudflow/core';

/** Size and parameters of the simulation. Defaults are the handbook's. */
export interface SimulatorSettings {
  /** Unsigned 32-bit integer. */
  readonly seed: number;
  readonly customers: number;
  readonly terminals: number;
  /** A customer uses the terminals within this distance on the 100 × 100 map. */
  readonly radius: number;
  /** Midnight UTC of day 0, ms since the epoch. */
  readonly startAtMs: number;
  /** Mean number of newly compromised terminals per day; may be fractional. */
  readonly compromisedTerminalsPerDay: number;
  /** Mean number of newly leaked cards per day. */
  readonly leakedCustomersPerDay: number;
}

const HANDBOOK = {
  seed: 0,
  customers: 5_000,
  terminals: 10_000,
  radius: 5,
  startAtMs: Date.UTC(2018, 3, 1),
  compromisedTerminalsPerDay: 2,
  leakedCustomersPerDay: 3,
} as const satisfies SimulatorSettings;

/**
 * Completes settings with the handbook's values. Its rates of frauds per day are scaled to the number of customers and
 * terminals.
 * @throws AppError invalid_input naming the field.
 */
export function simulatorSettings(given: Partial<SimulatorSettings> = {}): SimulatorSettings {
  const sized = { ...HANDBOOK, ...given };
  const settings = {
    ...sized,
    compromisedTerminalsPerDay:
      given.compromisedTerminalsPerDay ?? (HANDBOOK.compromisedTerminalsPerDay * sized.terminals) / HANDBOOK.terminals,
    leakedCustomersPerDay:
      given.leakedCustomersPerDay ?? (HANDBOOK.leakedCustomersPerDay * sized.customers) / HANDBOOK.customers,
  };
  requireInteger('seed', settings.seed, 0, 0xffffffff);
  requireInteger('customers', settings.customers, 1, 1_000_000);
  requireInteger('terminals', settings.terminals, 1, 1_000_000);
  requireInteger('startAtMs', settings.startAtMs, 0, Date.UTC(2100, 0, 1));
  requireAtLeast('radius', settings.radius, 0);
  requireAtLeast('compromisedTerminalsPerDay', settings.compromisedTerminalsPerDay, 0);
  requireAtLeast('leakedCustomersPerDay', settings.leakedCustomersPerDay, 0);
  return settings;
}

function requireInteger(field: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw invalidInput(`simulator setting ${field} must be a whole number from ${low} to ${high}, not ${value}`, {
    field,
  });
}

function requireAtLeast(field: string, value: number, low: number): void {
  if (Number.isFinite(value) && value >= low) return;
  throw invalidInput(`simulator setting ${field} must be a number of at least ${low}, not ${value}`, { field });
}
