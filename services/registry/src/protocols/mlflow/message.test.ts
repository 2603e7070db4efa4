import {
  double,
  flag,
  int64,
  requiredEntityId,
  requiredText,
  text,
  textList,
  textUpTo,
  wholeNumber,
} from '@fraudflow/contracts/mlflow/fields';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readMessage } from './message.js';

test('numbers, flags and lists have the same value in a body and in a query', () => {
  const schema = z.object({ step: int64, value: double, archive: flag, stages: textList });

  expect(readMessage(schema, { step: 3, value: 1.5, archive: true, stages: ['a', 'b'] })).toEqual(
    readMessage(schema, { step: '3', value: '1.5', archive: 'true', stages: ['a', 'b'] }),
  );
  expect(readMessage(schema, { step: '1', value: 'NaN', archive: 'false', stages: 'a' })).toEqual({
    step: 1,
    value: Number.NaN,
    archive: false,
    stages: ['a'],
  });
  expect(readMessage(z.object({ value: double }), { value: '-Infinity' })).toEqual({ value: -Infinity });
});

test('null counts as absent, unknown fields are ignored, and run_uuid replaces an absent run_id', () => {
  const schema = z.object({ run_id: requiredText, note: text.default('none') });

  expect(readMessage(schema, { run_uuid: 'r', note: null, other: 1 })).toEqual({ run_id: 'r', note: 'none' });
});

test('the error names the wrong parameter as the client expects', () => {
  const schema = z.object({ name: requiredText, metrics: z.array(z.object({ timestamp: int64 })).default([]) });
  const read = (input: unknown) => (): unknown => readMessage(schema, input);

  expect(read({})).toThrow("Missing value for required parameter 'name'");
  expect(read({ name: '' })).toThrow("Missing value for required parameter 'name'");
  expect(read({ name: { a: [1, 'b'] } })).toThrow(`Invalid value {"a": [1, "b"]} for parameter 'name' supplied`);
  expect(read({ name: 'x', metrics: [{}] })).toThrow("Missing value for required parameter 'metrics[0].timestamp'");
  expect(read({ name: 'x', metrics: [{ timestamp: 1.5 }] })).toThrow(
    "Invalid value 1.5 for parameter 'metrics[0].timestamp'",
  );
});

test.each([[[]], ['text'], [3]])('%j is not a message', (input) => {
  expect(() => readMessage(z.object({}), input)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
});

test('a text with NUL is refused before it reaches the database', () => {
  expect(() => readMessage(z.object({ name: text }), { name: 'a\0b' })).toThrow(
    expect.objectContaining({ kind: 'invalid_input' }),
  );
});

test("a version that is not a whole number is refused with MLflow's message", () => {
  const read = (version: unknown) => (): unknown =>
    readMessage(z.object({ version: wholeNumber(2_147_483_647) }), { version });

  expect(read('7')()).toEqual({ version: 7 });
  expect(read(7)()).toEqual({ version: 7 });
  expect(read('something')).toThrow("Parameter 'version' must be an integer, got 'something'.");
  expect(read(1.5)).toThrow("Parameter 'version' must be an integer, got '1.5'.");
  expect(read('99999999999')).toThrow('must be an integer');
  expect(read(-1)).toThrow('must be an integer');
  expect(read(undefined)).toThrow("Missing value for required parameter 'version'");
});

test('a text that is too long is refused with its limit', () => {
  expect(() => readMessage(z.object({ name: textUpTo(3) }), { name: 'long' })).toThrow(
    `Invalid value "long" for parameter 'name' supplied: it exceeds the maximum length of 3 characters`,
  );
});

test.each(['../x', 'a b', `a${'b'.repeat(256)}`, '-a', 'a/b'])('%j is not an id', (run_id) => {
  expect(() => readMessage(z.object({ run_id: requiredEntityId }), { run_id })).toThrow(
    "for parameter 'run_id' supplied",
  );
});
