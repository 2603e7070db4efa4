import { parseInstant, toMs } from '../../../../values/instant.js';
import { flightMistake } from '../wire/flight-errors.js';

/**
 * A time of a command in ms since the Unix epoch; undefined if absent.
 * @throws AppError invalid_input, a Flight error
 */
export function instantMs(text: string | null | undefined, field: string): number | undefined {
  if (text === null || text === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant === undefined) throw flightMistake(`${field}: "${text}" is not a time; use ISO 8601`, field);
  return toMs(instant);
}
