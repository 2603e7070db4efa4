import { expect, test } from 'vitest';
import { invalidInput } from '@fraudflow/core';
import { silentLogger, type Logger } from '@fraudflow/observability';
import { MemoryBus } from '../memory/memory-bus.js';
import { DeadLetters } from './dead-letters.js';
import { DecodedRecord } from './decoded-record.js';

test('without a dead-letter topic it says where the record lies, and nothing of what is in it', async () => {
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
    { origin: record, raw, reason: invalidInput('bad', { code: 'BAD' }), attempts: 1 },
  ]);

  expect(lines).toEqual([
    { event: 'bad_record_skipped', topic: 'orders', partition: 3, offset: 12, code: 'BAD', reason: 'bad' },
  ]);
});
