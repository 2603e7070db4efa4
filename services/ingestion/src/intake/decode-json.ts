import { AppError, invalidInput } from '@fraudflow/core';
import type { z } from 'zod';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Bytes to a JSON object.
 * @throws AppError invalid_input with code RECORD_EMPTY, ENCODING_INVALID, JSON_INVALID or JSON_NOT_AN_OBJECT.
 */
export function decodeJsonObject(bytes: Uint8Array | null, maxBytes: number): Record<string, unknown> {
  if (bytes === null || bytes.length === 0) throw reject('RECORD_EMPTY', 'the record has no value');
  if (bytes.length > maxBytes) {
    throw reject('RECORD_TOO_LARGE', `the record has ${bytes.length} bytes; at most ${maxBytes} are accepted`);
  }
  const parsed = parse(decodeText(bytes));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw reject('JSON_NOT_AN_OBJECT', 'the record is JSON but not an object');
  }
  return parsed as Record<string, unknown>;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    throw invalidInput('the record is not valid UTF-8', { code: 'ENCODING_INVALID', cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's own message quotes the input, which may hold a card number.
    throw invalidInput('the record is not valid JSON', { code: 'JSON_INVALID', cause });
  }
}

function reject(code: string, message: string): AppError {
  return invalidInput(message, { code });
}

/** The first problem a schema found, as an error that names the field: `AMOUNT_INVALID`, `CUSTOMER_ID_MISSING`. */
export function schemaError(error: z.ZodError, value: Record<string, unknown>): AppError {
  const issue = error.issues[0];
  const field = String(issue?.path[0] ?? 'record');
  const missing = value[field] === undefined || value[field] === null;
  const code = `${field.toUpperCase()}_${missing ? 'MISSING' : 'INVALID'}`;
  const reason = missing ? 'is required' : (issue?.message ?? 'is not valid');
  return invalidInput(`${field}: ${reason}`, { code, field });
}
