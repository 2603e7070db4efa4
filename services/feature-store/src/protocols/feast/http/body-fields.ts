import { invalidRequest } from '../../../values/request-errors.js';
import type { Frame } from '../../../pushed/frame-rows.js';
import { type Instant, parseInstant } from '../../../values/instant.js';

/** Fields of a JSON body, not yet checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws AppError invalid_input if the body is not a JSON object */
export function objectOf(body: unknown): Fields {
  if (isObject(body)) return body;
  throw invalidRequest([], 'Input should be a valid dictionary');
}

/** A required text. @throws AppError invalid_input */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw invalidRequest([name], value === undefined ? 'Field required' : 'Input should be a valid string');
}

/** An optional text. @throws AppError invalid_input */
export function optionalTextOf(fields: Fields, name: string): string | undefined {
  return (fields[name] ?? undefined) === undefined ? undefined : textOf(fields, name);
}

/** An optional flag, false if absent. @throws AppError invalid_input */
export function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw invalidRequest([name], 'Input should be a valid boolean');
}

/** An optional list of texts. @throws AppError invalid_input */
export function namesOf(fields: Fields, name: string): readonly string[] | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string')) return value;
  throw invalidRequest([name], 'Input should be a valid list of strings');
}

/** The data frame under `df`. @throws AppError invalid_input */
export function frameOf(fields: Fields): Frame {
  const frame = fields['df'];
  if (isObject(frame)) return frame;
  throw invalidRequest(['df'], frame === undefined ? 'Field required' : 'Input should be a dictionary of columns');
}

/** A required instant; without a zone it is UTC. @throws AppError invalid_input */
export function instantOf(fields: Fields, name: string): Instant {
  const instant = parseInstant(fields[name]);
  if (instant !== undefined) return instant;
  const isAbsent = fields[name] === undefined || fields[name] === null;
  throw invalidRequest([name], isAbsent ? 'Field required' : 'Input should be an ISO 8601 time');
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
