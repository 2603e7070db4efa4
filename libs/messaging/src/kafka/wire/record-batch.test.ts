import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.js';
import { encodeRecordBatch } from './record-batch.js';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<{
  records: { offset: string; key: Buffer; value: Buffer; headers: object }[];
  producerId: string;
  producerEpoch: number;
  firstSequence: number;
}>;

test('the checksum of "123456789" is the published check value', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test("kafkajs's decoder reads the encoded records", async () => {
  const long = 'ü'.repeat(70_000);
  const headers = { one: 'é', none: null, twice: ['a', Buffer.from([0, 255])], absent: undefined };
  const records = [
    { key: 'k', value: long, headers },
    { key: null, value: null, headers: {} },
    { key: Buffer.alloc(0), value: Buffer.from([1, 2]), headers: {} },
  ];

  const bytes = encodeRecordBatch(records, { producerId: '9007199254740993', producerEpoch: 7 }, 41, 1_523_000_000_000);

  const batch = await decodeBatch(new Decoder(bytes));
  expect(batch).toMatchObject({ producerId: '9007199254740993', producerEpoch: 7, firstSequence: 41 });
  expect(batch.records.map((record) => record.offset)).toEqual(['0', '1', '2']);
  expect(batch.records[0]?.value.toString()).toBe(long);
  expect(batch.records[0]?.headers).toEqual({
    one: Buffer.from('é'),
    none: null,
    twice: [Buffer.from('a'), Buffer.from([0, 255])],
  });
  expect(batch.records[1]).toMatchObject({ key: null, value: null });
  expect(batch.records[2]?.key).toEqual(Buffer.alloc(0));
});
