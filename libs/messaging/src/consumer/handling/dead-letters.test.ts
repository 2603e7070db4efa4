import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { invalidInput } from '@fraudflow/core';
import { silentLogger, type Logger } from '@fraudflow/observability';
import { MemoryBus } from '../../memory/memory-bus.js';
import { DeadLetters, VALUE_BYTES_HEADER, VALUE_SHA256_HEADER } from './dead-letters.js';
import type { RawRecord } from '../../port/record.js';
import { DecodedRecord } from './decoded-record.js';

test('without a dead-letter topic it logs the position of the record and none of its content', async () => {
  const bus = new MemoryBus();
  const lines: unknown[] = [];
  const logger = { ...silentLogger, error: (line: unknown) => void lines.push(line) } as unknown as Logger;
  const raw = {
    offset: 12,
    key: Buffer.from('4111111111111111'),
    value: Buffer.from('secret'),
    headers: {},
    appendedAtMs: 0,
  };
  const record = new DecodedRecord('orders', 3, raw, { card: '4111111111111111' });

  await new DeadLetters(bus.producer(), bus.admin, logger).write([
    { origin: record, raw, reason: invalidInput('bad', { code: 'EVENT_INVALID' }), attempts: 1 },
  ]);

  expect(lines).toEqual([
    { event: 'bad_record_skipped', topic: 'orders', partition: 3, offset: 12, code: 'EVENT_INVALID', reason: 'bad' },
  ]);
});

async function lettersOf(raw: Partial<RawRecord>, maxMessageBytes: number): Promise<readonly RawRecord[]> {
  const bus = new MemoryBus();
  const spec = { partitions: 1, retentionMs: -1, cleanup: 'delete', maxMessageBytes } as const;
  await bus.admin.createTopics([{ ...spec, name: 'orders.dlq' }]);
  const whole = { offset: 12, key: null, value: null, headers: {}, appendedAtMs: 0, ...raw };
  const small = { ...whole, offset: 13, key: null, value: Buffer.from('small'), headers: {} };
  const origin = { topic: 'orders', partition: 0 };
  const reason = invalidInput('bad', { code: 'EVENT_INVALID' });
  const letters = [whole, small].map((record) => ({ origin, raw: record, reason, attempts: 1 }));

  await new DeadLetters(bus.producer(), bus.admin, silentLogger).write(letters);

  return (await bus.admin.read({ topic: 'orders.dlq', partition: 0 }, 0)).records;
}

test('a record that is too large for the dead-letter topic is truncated and carries its original size and digest', async () => {
  const value = Buffer.alloc(1_000_000, 'abc');

  const found = await lettersOf({ value, headers: { mine: 'kept' } }, 200_000);

  const letter = found.find(({ headers }) => String(headers['dlq-offset']) === '12');
  expect(letter?.value).toEqual(value.subarray(0, 64 * 1024));
  expect(String(letter?.headers['mine'])).toBe('kept');
  expect(String(letter?.headers[VALUE_BYTES_HEADER])).toBe('1000000');
  expect(String(letter?.headers[VALUE_SHA256_HEADER])).toBe(createHash('sha256').update(value).digest('hex'));
  expect(
    found.some((record) => String(record.value) === 'small' && record.headers[VALUE_BYTES_HEADER] === undefined),
  ).toBe(true);
});

test('a record whose key or headers are too large is dead-lettered with a short key and without its own headers', async () => {
  const found = await lettersOf({ key: Buffer.alloc(300_000, 'k'), headers: { huge: 'x'.repeat(300_000) } }, 200_000);

  const letter = found.find(({ headers }) => String(headers['dlq-offset']) === '12');
  expect(letter?.key).toHaveLength(1_024);
  expect(letter?.headers['huge']).toBeUndefined();
  expect(String(letter?.headers['dlq-error-code'])).toBe('EVENT_INVALID');
});

test('a record that does not fit even when truncated is reported with its position and does not block the partition', async () => {
  await expect(lettersOf({ value: Buffer.alloc(1_000) }, 10)).resolves.toEqual([]);
});
