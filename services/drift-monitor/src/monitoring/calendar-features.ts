import { invalidInput, parseDurationMs } from '@fraudflow/core';

/** A feature that follows the calendar: windows that are not whole multiples of its period differ by construction. */
export interface CalendarFeature {
  readonly name: string;
  readonly periodMs: number;
}

/**
 * Reads `name:period`, e.g. `tx_during_weekend:7d`.
 * @throws AppError invalid_input for another form.
 */
export function parseCalendarFeature(text: string): CalendarFeature {
  const match = /^([A-Za-z0-9_]+):(\S+)$/.exec(text);
  if (match === null) throw invalidInput(`"${text}" is not a calendar feature; write for example tx_during_weekend:7d`);
  return { name: match[1] ?? '', periodMs: parseDurationMs(match[2] ?? '') };
}

/** Names of the features that give no evidence at this window length. They are reported all the same. */
export function ignoredFeatures(features: readonly CalendarFeature[], windowMs: number): ReadonlySet<string> {
  return new Set(features.filter(({ periodMs }) => windowMs % periodMs !== 0).map(({ name }) => name));
}
