import { AppError, type ErrorCode, fieldCode, invalidInput, isErrorCode, parseExactJson } from '@fraudflow/core';
import type { z } from 'zod';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes bytes to a JSON object. Numbers that a double cannot represent become text.
 * @throws AppError invalid_input with code RECORD_EMPTY, RECORD_TOO_LARGE, ENCODING_INVALID, JSON_INVALID or
 * JSON_NOT_AN_OBJECT.
 */
export function decodeJsonObject(bytes: Uint8Array | null, maxBytes: number): Record<string, unknown> {
  if (bytes === null || bytes.length === 0) throw reject('RECORD_EMPTY', 'the record has no value');
  if (bytes.length > maxBytes) throw tooLarge(`the record has ${bytes.length} bytes`, maxBytes);
  const parsed = parse(decodeText(bytes));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw reject('JSON_NOT_AN_OBJECT', 'the record is not a JSON object');
  }
  return parsed as Record<string, unknown>;
}

/** @param what e.g. `the record has 70000 bytes` */
export function tooLarge(what: string, maxBytes: number): AppError {
  return reject('RECORD_TOO_LARGE', `${what}; at most ${maxBytes} are accepted (FRAUDFLOW_MAX_RECORD_BYTES)`);
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
    return parseExactJson(text);
  } catch (cause) {
    // The parser's own message quotes the input, which may hold a card number.
    throw invalidInput('the record is not valid JSON', { code: 'JSON_INVALID', cause });
  }
}

function reject(code: ErrorCode, message: string): AppError {
  return invalidInput(message, { code });
}

/** The first issue of a schema as an error that names the field: `AMOUNT_INVALID`, `CUSTOMER_ID_MISSING`. */
export function schemaError(error: z.ZodError, value: Record<string, unknown>): AppError {
  const issue = error.issues[0];
  const field = String(issue?.path[0] ?? 'record');
  const missing = value[field] === undefined || value[field] === null;
  const found = missing ? fieldCode(field, 'MISSING') : fieldCode(field, 'INVALID');
  const code = isErrorCode(found) ? found : 'RECORD_INVALID';
  const reason = missing ? 'is required' : (issue?.message ?? 'is not valid');
  return invalidInput(`${field}: ${reason}`, { code, field });
}
