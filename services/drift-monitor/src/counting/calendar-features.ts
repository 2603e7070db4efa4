import { invalidInput, parseDurationMs } from '@fraudflow/core';

/**
 * A feature that depends on the calendar. Its distribution differs between windows that are not a whole multiple of its
 * period.
 */
export interface CalendarFeature {
  readonly name: string;
  readonly periodMs: number;
}

/**
 * Parses `name:period`, e.g. `tx_during_weekend:7d`.
 * @throws AppError invalid_input for any other form.
 */
export function parseCalendarFeature(text: string): CalendarFeature {
  const match = /^([A-Za-z0-9_]+):(\S+)$/.exec(text);
  if (match === null) throw invalidInput(`"${text}" is not a calendar feature; write for example tx_during_weekend:7d`);
  return { name: match[1] ?? '', periodMs: parseDurationMs(match[2] ?? '') };
}

/** Names of the features that give no evidence at this window length. They are still reported. */
export function ignoredFeatures(features: readonly CalendarFeature[], windowMs: number): ReadonlySet<string> {
  return new Set(features.filter(({ periodMs }) => windowMs % periodMs !== 0).map(({ name }) => name));
}
