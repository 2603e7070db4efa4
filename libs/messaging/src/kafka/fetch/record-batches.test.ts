import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { RawRecord } from '../../port/record.js';
import { MAX_UNPACKED_BYTES } from '../wire/compression.js';
import { crc32c } from '../wire/crc32c.js';
import { encodeRecordBatch, type BatchRecord } from '../wire/record-batch.js';
import { decodeRecordBatches } from './record-batches.js';

const HEADER_BYTES = 61;

interface BatchOptions {
  readonly baseOffset?: number;
  readonly producerId?: string;
  readonly attributes?: number;
}

function aBatch(values: readonly string[], options: BatchOptions = {}): Buffer {
  const { baseOffset = 0, producerId = '-1', attributes = 0 } = options;
  const records = values.map((value): BatchRecord => ({ key: `k-${value}`, value, headers: { h: value } }));
  const batch = Buffer.from(encodeRecordBatch(records, { producerId, producerEpoch: 0 }, 0, 1_000));
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  batch.writeInt16BE(attributes, 21);
  return signed(batch);
}

/** Recomputes the checksum of the batch. */
function signed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

function packed(plain: Buffer, codec: number, body: Uint8Array): Buffer {
  const batch = Buffer.concat([plain.subarray(0, HEADER_BYTES), body]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt16BE(codec, 21);
  return signed(batch);
}

function aMarker(baseOffset: number, producerId: string, type: 'abort' | 'commit'): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]);
  const batch = Buffer.from(
    encodeRecordBatch([{ key, value: null, headers: {} }], { producerId, producerEpoch: 0 }, -1, 1_000),
  );
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  batch.writeInt16BE(0x30, 21);
  return batch;
}

const TRANSACTIONAL = { attributes: 0x10 };
const valuesOf = (bytes: Buffer[], from = 0, aborted: { producerId: number; firstOffset: number }[] = []): string[] =>
  decodeRecordBatches(Buffer.concat(bytes), from, aborted).records.map((record) => String(record.value));

test('decodes keys, values, headers, offsets and times of any bytes and sizes', () => {
  const records: BatchRecord[] = [
    { key: null, value: null, headers: {} },
    { key: '', value: Buffer.alloc(20_000, 7), headers: { a: null, b: ['1', Buffer.from([255])], c: 'é' } },
  ];
  const batch = encodeRecordBatch(records, { producerId: '5', producerEpoch: 0 }, 0, 1_500);

  const { records: read, nextOffset } = decodeRecordBatches(batch, 0, []);

  expect(nextOffset).toBe(2);
  expect(read.map((record) => [record.offset, record.appendedAtMs])).toEqual([
    [0, 1_500],
    [1, 1_500],
  ]);
  expect([read[0]?.key, read[0]?.value, read[0]?.headers]).toEqual([null, null, {}]);
  expect(read[1]?.key).toEqual(Buffer.alloc(0));
  expect(read[1]?.value).toEqual(Buffer.alloc(20_000, 7));
  expect(read[1]?.headers).toEqual({ a: null, b: [Buffer.from('1'), Buffer.from([255])], c: Buffer.from('é') });
  expect(['a', 'b', 'c', 'd'].map((name) => read[1]?.headerText?.(name))).toEqual([
    undefined,
    '\uFFFD',
    'é',
    undefined,
  ]);
});

test('skips records before the requested offset and an incomplete batch', () => {
  const whole = [aBatch(['a', 'b', 'c']), aBatch(['d'], { baseOffset: 3 })];
  const cut = aBatch(['e', 'f'], { baseOffset: 4 }).subarray(0, 80);

  const { records, nextOffset } = decodeRecordBatches(Buffer.concat([...whole, cut]), 1, []);

  expect(records.map((record) => String(record.value))).toEqual(['b', 'c', 'd']);
  expect(nextOffset).toBe(4);
});

test('unpacks gzip and rejects unsupported codecs and damaged data', () => {
  const plain = aBatch(['a', 'b']);

  expect(valuesOf([packed(plain, 1, gzipSync(plain.subarray(HEADER_BYTES)))])).toEqual(['a', 'b']);
  expect(() => valuesOf([aBatch(['a'], { attributes: 4 })])).toThrow('damaged zstd');
  expect(() => valuesOf([aBatch(['a'], { attributes: 7 })])).toThrow('compression codec 7');
});

test('a batch that fails its checksum is rejected, naming its offset', () => {
  const damaged = aBatch(['abc'], { baseOffset: 12 });
  damaged[damaged.length - 3] = (damaged[damaged.length - 3] as number) ^ 1;

  expect(() => valuesOf([damaged], 12)).toThrow('offset 12 fails its checksum');
});

test('a batch that unpacks to more than the limit becomes one record to be dead-lettered, and later batches are read', () => {
  const bomb = packed(aBatch(['a', 'b']), 1, gzipSync(Buffer.alloc(MAX_UNPACKED_BYTES + 1)));

  const { records, nextOffset } = decodeRecordBatches(Buffer.concat([bomb, aBatch(['c'], { baseOffset: 2 })]), 0, []);

  expect(records.map(({ offset, unreadableBecause }) => [offset, unreadableBecause?.message])).toEqual([
    [1, expect.stringMatching(/gzip batch of \d+ bytes unpacks to more than 67108864/)],
    [2, undefined],
  ]);
  expect(nextOffset).toBe(3);
});

test('headers may have any name, including those of object members, and keep their order and repetitions', () => {
  const headers = ['__proto__', 'a', 'constructor', 'b', '__proto__', 'c', 'toString', null];
  const batch = encodeRecordBatch(
    [{ key: null, value: 'v', headers }],
    { producerId: '5', producerEpoch: 0 },
    0,
    1_500,
  );

  const [record] = decodeRecordBatches(batch, 0, []).records;

  const texts = Object.entries(record?.headers ?? {}).map(([name, value]) => [
    name,
    value === null ? null : String(value),
  ]);
  expect(texts).toEqual([
    ['__proto__', 'a,c'],
    ['constructor', 'b'],
    ['toString', null],
  ]);
});

test('damaged bytes result in an error or in records, never in an endless loop or a read outside the buffer', () => {
  const original = aBatch(['some value', 'another', 'third']);
  const random = seeded(7);
  for (let round = 0; round < 3_000; round++) {
    const batch = Buffer.from(original);
    for (let i = 0; i < 4; i++)
      batch[HEADER_BYTES + Math.floor(random() * (batch.length - HEADER_BYTES))] = random() * 256;
    try {
      for (const record of decodeRecordBatches(signed(batch), 0, []).records) readAll(record);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'RECORDS_UNREADABLE' });
    }
  }
});

function readAll({ key, value, headers, headerText }: RawRecord): unknown {
  return [key, value, headers, headerText];
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

test('hides two aborted transactions of one producer and shows the records that it commits between and after them', () => {
  const own = { ...TRANSACTIONAL, producerId: '9' };
  const log = [
    aBatch(['aborted 1'], { ...own, baseOffset: 0 }),
    aMarker(1, '9', 'abort'),
    aBatch(['committed'], { ...own, baseOffset: 2 }),
    aMarker(3, '9', 'commit'),
    aBatch(['aborted 2'], { ...own, baseOffset: 4 }),
    aMarker(5, '9', 'abort'),
    aBatch(['after'], { ...own, baseOffset: 6 }),
  ];
  const aborted = [
    { producerId: 9, firstOffset: 4 },
    { producerId: 9, firstOffset: 0 },
  ];

  expect(valuesOf(log, 0, aborted)).toEqual(['committed', 'after']);
});

test('hides an aborted transaction whose marker is beyond the fetch, and no other records', () => {
  const log = [
    aBatch(['theirs'], { ...TRANSACTIONAL, producerId: '1', baseOffset: 0 }),
    aBatch(['aborted'], { ...TRANSACTIONAL, producerId: '2', baseOffset: 1 }),
    aBatch(['plain'], { producerId: '2', baseOffset: 2 }),
  ];

  expect(valuesOf(log, 0, [{ producerId: 2, firstOffset: 1 }])).toEqual(['theirs', 'plain']);
});

test('advances over control records', () => {
  const { records, nextOffset } = decodeRecordBatches(aMarker(41, '9', 'abort'), 41, []);

  expect(records).toEqual([]);
  expect(nextOffset).toBe(42);
});
