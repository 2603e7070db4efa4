import { MUST_BE_INTEGER } from '@fraudflow/contracts/mlflow/fields';
import { invalidInput } from '@fraudflow/core';
import type { z } from 'zod';
import { invalidParameter, missingParameter } from '../../validation/keys.js';
import { NumberText, pythonJson } from '../../validation/python-json.js';
import { jsonTextOf } from './request-bodies.js';

/**
 * Validates a request against its schema. Null counts as absent, unknown fields are ignored, and `run_uuid` replaces an
 * absent `run_id`.
 * @throws AppError invalid_input that names the first wrong parameter as MLflow does
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

/** The request with numbers in their original spelling, for error messages. */
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

/** A path as text, e.g. `metrics[0].key`. */
function spell(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}
