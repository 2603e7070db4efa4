import { parseInstant, toMs } from '../serving/instant.js';
import { flightMistake } from './flight-errors.js';

/** A time of a command, ms since the Unix epoch; undefined if it names none. @throws AppError invalid_input, a Flight error */
export function instantMs(text: string | null | undefined, field: string): number | undefined {
  if (text === null || text === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant === undefined) throw flightMistake(`"${text}" is not a time`, field);
  return toMs(instant);
}
