import { invalidInput } from '@fraudflow/core';
import { z } from 'zod';
import { invalidParameter, missingParameter } from '../validation/keys.js';

/** Field types of MLflow's messages as they arrive, in a JSON body or in a query string. */

// Postgres cannot hold a NUL in a text.
const hasNoNul = (value: string): boolean => !value.includes('\0');
export const text = z.string().refine(hasNoNul);
export const requiredText = z.string().min(1).refine(hasNoNul);

/** proto int64: a number or a numeric string. */
export const int64 = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,19}$/)
    .transform(Number)
    .refine(Number.isSafeInteger),
]);

/** proto double: a number, a numeric string, or one of NaN and the infinities by name. */
export const double = z.union([
  z.number(),
  z
    .string()
    .transform(
      (word, context) => parseDouble(word) ?? (context.addIssue({ code: 'custom', message: 'not numeric' }), z.NEVER),
    ),
]);

export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]);

/** A repeated field; in a query string a single occurrence is still a list. */
export const textList = z.union([z.array(text), text.transform((single) => [single])]);

export const tag = z.object({ key: requiredText, value: text.default('') });
export const tags = z.array(tag).default([]);

/**
 * Reads a request against its schema. Null counts as absent, unknown fields are ignored, `run_uuid` stands in for `run_id`.
 * @throws AppError invalid_input naming the first wrong parameter the way MLflow does.
 */
export function readMessage<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const message = normalise(input);
  const result = schema.safeParse(message);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const value = valueAt(message, path);
  throw value === undefined || value === '' ? missingParameter(spell(path)) : invalidParameter(spell(path), value);
}

function normalise(input: unknown): Record<string, unknown> {
  if (input === undefined || input === null) return {};
  if (typeof input !== 'object' || Array.isArray(input)) throw invalidInput('The request must be a JSON object');
  const message = withoutNulls(input) as Record<string, unknown>;
  if (message['run_id'] === undefined && message['run_uuid'] !== undefined) message['run_id'] = message['run_uuid'];
  return message;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field)]));
}

function valueAt(message: unknown, path: readonly PropertyKey[]): unknown {
  let current = message;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[step];
  }
  return current;
}

/** `metrics[0].key` */
function spell(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

function parseDouble(word: string): number | undefined {
  const trimmed = word.trim();
  if (/^[+-]?nan$/i.test(trimmed)) return Number.NaN;
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(trimmed);
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity;
  const value = Number(trimmed);
  return trimmed === '' || Number.isNaN(value) ? undefined : value;
}
