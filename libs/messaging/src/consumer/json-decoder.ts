import { isUtf8 } from 'node:buffer';
import type { TopicDefinition } from '@fraudflow/contracts';
import { asError, invalidInput } from '@fraudflow/core';
import type { RawRecord } from '../port/record.js';

/** Decodes a raw value into the topic's type. Throws AppError `invalid_input` with the reason for a bad record. */
export type ValueDecoder<Value> = (raw: RawRecord) => Value;

/** Limits of a decoder. */
export interface DecoderOptions {
  /** Larger values are rejected before decoding. Default 2 MiB, the limit of internal topics. */
  readonly maxValueBytes?: number;
  /** True: skip the schema. Only for topics that no external producer can write to. */
  readonly trusted?: boolean;
}

const DEFAULT_MAX_VALUE_BYTES = 2 * 1024 * 1024;

/**
 * Creates the JSON decoder of a topic.
 * @throws AppError `invalid_input`: EMPTY_VALUE, VALUE_TOO_LARGE, INVALID_UTF8, INVALID_JSON, SCHEMA_MISMATCH (with the
 * field); thrown by the decoder
 */
export function jsonDecoder<Value>(
  topic: Pick<TopicDefinition<Value>, 'schema'>,
  options: DecoderOptions = {},
): ValueDecoder<Value> {
  const { maxValueBytes = DEFAULT_MAX_VALUE_BYTES, trusted = false } = options;
  return ({ value }) => {
    if (value === null || value.length === 0) throw invalidInput('the record has no value', { code: 'EMPTY_VALUE' });
    if (value.length > maxValueBytes) {
      throw invalidInput(`the value has ${value.length} bytes, more than ${maxValueBytes}`, {
        code: 'VALUE_TOO_LARGE',
      });
    }
    if (!isUtf8(value)) throw invalidInput('the value is not valid UTF-8', { code: 'INVALID_UTF8' });
    const parsed = parseJson(value.toString('utf8'));
    return trusted ? (parsed as Value) : checked(topic, parsed);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw invalidInput(`the value is not JSON: ${asError(thrown).message.slice(0, 200)}`, { code: 'INVALID_JSON' });
  }
}

function checked<Value>(topic: Pick<TopicDefinition<Value>, 'schema'>, parsed: unknown): Value {
  const result = topic.schema.safeParse(parsed);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw invalidInput(`${field === '' ? 'value' : field}: ${issue?.message ?? 'invalid'}`, {
    code: 'SCHEMA_MISMATCH',
    ...(field === '' ? {} : { field }),
  });
}
