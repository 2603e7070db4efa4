import { HEADERS, modelsEventsTopic, type TopicDefinition } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { headerText } from '../port/record.js';
import { encodeEvent } from '../producer/event-encoder.js';
import { DecodedRecord } from './handling/decoded-record.js';

const TOPIC = modelsEventsTopic as unknown as TopicDefinition<unknown>;
const VALID = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function sentOn(traceparent: string): { read: string | undefined; sent: string | undefined } {
  const raw = { offset: 0, key: null, value: null, headers: { [HEADERS.traceparent]: traceparent }, appendedAtMs: 0 };
  const from = new DecodedRecord('in', 0, raw, {});
  const record = encodeEvent(TOPIC, 1, { value: {}, key: 'k', from });
  const flat = record.headers as readonly string[];
  const headers = Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? null]] : [])));
  return { read: from.traceparent, sent: headerText({ headers }, HEADERS.traceparent) };
}

test('a valid trace context is read and forwarded', () => {
  expect(sentOn(VALID)).toEqual({ read: VALID, sent: VALID });
});

test.each([
  ['a card number', '4111111111111111'],
  ['an endless text', 'x'.repeat(100_000)],
  ['another version with more in it', `01${VALID.slice(2)}-4111111111111111`],
  ['an id of zeros', VALID.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32))],
  ['capitals', VALID.toUpperCase()],
  ['a trailing line break', `${VALID}\n`],
])('%s in the traceparent header is neither read nor forwarded', (_name, text) => {
  expect(sentOn(text)).toEqual({ read: undefined, sent: undefined });
});
