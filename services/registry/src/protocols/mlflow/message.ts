import { invalidInput } from '@fraudflow/core';
import { z } from 'zod';
import { invalidParameter, missingParameter } from '../../validation/keys.js';
import { NumberText, pythonJson } from '../../validation/python-json.js';
import { jsonTextOf } from './request-bodies.js';

/** Field types of MLflow's messages as they arrive, in a JSON body or in a query string. */

// Postgres cannot hold a NUL in a text.
const hasNoNul = (value: string): boolean => !value.includes('\0');
export const text = z.string().refine(hasNoNul);
export const requiredText = z.string().min(1).refine(hasNoNul);
/** A text with a maximum number of characters (UTF-16 units). */
export const textUpTo = (max: number) => z.string().max(max).refine(hasNoNul);
export const requiredTextUpTo = (max: number) => z.string().min(1).max(max).refine(hasNoNul);

/** The description of a model or version. */
export const description = textUpTo(100_000);

/** The id of a run or of a logged model: letters, digits, `_` and `-`, at most 256, the first a letter or digit. */
export const entityId = z.string().regex(/^(?:[A-Za-z0-9][\w-]{0,255})?$/);
export const requiredEntityId = entityId.min(1);

/** proto int64: a number or a numeric string. */
export const int64 = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,19}$/)
    .transform(Number)
    .refine(Number.isSafeInteger),
]);

const MUST_BE_INTEGER = { isInteger: true } as const;

/** A whole number from 0 to `max`, as text or as number; anything else is refused in MLflow's words for versions. */
export const wholeNumber = (max: number) =>
  z.unknown().transform((value, context) => {
    const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= max) return number;
    context.addIssue({ code: 'custom', message: 'not a whole number', params: MUST_BE_INTEGER });
    return z.NEVER;
  });

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
 * Reads a request against its schema. Null counts as absent, unknown fields are ignored, `run_uuid` stands in for
 * `run_id`.
 * @throws AppError invalid_input naming the first wrong parameter the way MLflow does.
 */
export function readMessage<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const message = normalise(input);
  const result = schema.safeParse(message);
  if (result.success) return result.data;
  throw refusal(result.error.issues[0], message, input);
}

function refusal(issue: z.core.$ZodIssue | undefined, message: unknown, input: unknown): Error {
  const path = issue?.path ?? [];
  const value = valueAt(message, path);
  if (value === undefined || value === '') return missingParameter(spell(path));
  const sent = valueAt(asSent(input), path) ?? value;
  if (issue?.code === 'custom' && issue.params === MUST_BE_INTEGER) {
    const shown = typeof sent === 'string' ? sent : pythonJson(sent);
    return invalidInput(`Parameter '${spell(path)}' must be an integer, got '${shown.slice(0, 200)}'.`, {
      field: spell(path),
    });
  }
  return invalidParameter(spell(path), sent, typeof value === 'string' ? lengthProblem(issue) : undefined);
}

function lengthProblem(issue: z.core.$ZodIssue | undefined): string | undefined {
  return issue?.code === 'too_big' ? `it exceeds the maximum length of ${issue.maximum} characters` : undefined;
}

/** The request with numbers as they were spelled; only for messages. */
function asSent(input: unknown): unknown {
  const json = jsonTextOf(input);
  if (json === undefined) return undefined;
  const keepText = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined ? new NumberText(context.source) : value;
  return JSON.parse(json, keepText);
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
    current = Object.hasOwn(current, step) ? (current as Record<PropertyKey, unknown>)[step] : undefined;
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
