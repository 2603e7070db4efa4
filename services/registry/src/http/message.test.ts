import { expect, test } from 'vitest';
import { z } from 'zod';
import { double, flag, int64, readMessage, requiredText, text, textList } from './message.js';

test('numbers, flags and lists are read from a body and from a query alike', () => {
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

test('null counts as absent, unknown fields are ignored and run_uuid stands in for run_id', () => {
  const schema = z.object({ run_id: requiredText, note: text.default('none') });

  expect(readMessage(schema, { run_uuid: 'r', note: null, other: 1 })).toEqual({ run_id: 'r', note: 'none' });
});

test('the wrong parameter is named the way the client expects', () => {
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

test.each([[[]], ['text'], [3]])('%j is no message', (input) => {
  expect(() => readMessage(z.object({}), input)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
});

test('a text with NUL is refused before the database would', () => {
  expect(() => readMessage(z.object({ name: text }), { name: 'a\0b' })).toThrow(
    expect.objectContaining({ kind: 'invalid_input' }),
  );
});
