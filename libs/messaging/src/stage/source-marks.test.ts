import { expect, test } from 'vitest';
import { HEADERS } from '@fraudflow/contracts';
import { DecodedRecord, SOURCE_INDEX_HEADER } from '../consumer/handling/decoded-record.js';
import { dropSeen, earlierSource, inputMark, inputOf, sourceSequence } from './source-marks.js';

function aRecord(
  offset: number,
  source?: { partition: string; offset: number; index?: number },
): DecodedRecord<number> {
  const headers = source
    ? {
        [HEADERS.sourcePartition]: source.partition,
        [HEADERS.sourceOffset]: String(source.offset),
        ...(source.index === undefined ? {} : { [SOURCE_INDEX_HEADER]: String(source.index) }),
      }
    : {};
  return new DecodedRecord('t', 0, { offset, key: null, value: null, headers, appendedAtMs: 0 }, offset);
}

test('drops records up to the high-water marks and duplicates within the batch, per source', () => {
  const marks = new Map([['in:0', sourceSequence({ offset: 5, index: 0 })]]);
  const records = [
    aRecord(0, { partition: 'in:0', offset: 5 }),
    aRecord(1, { partition: 'in:0', offset: 6 }),
    aRecord(2, { partition: 'in:1', offset: 3 }),
    aRecord(3, { partition: 'in:0', offset: 6 }),
    aRecord(4),
  ];

  const { records: unseen, seen } = dropSeen(records, marks);

  expect(unseen.map((record) => record.offset)).toEqual([1, 2, 4]);
  expect(seen).toEqual(
    new Map([
      ['in:0', sourceSequence({ offset: 6, index: 0 })],
      ['in:1', sourceSequence({ offset: 3, index: 0 })],
    ]),
  );
});

test('several outputs of one input are distinguished by their index', () => {
  const outputs = [0, 1, 2].map((index) => aRecord(index, { partition: 'in:0', offset: 9, index }));

  const first = dropSeen(outputs.slice(0, 2), new Map());
  const repeated = dropSeen(outputs, first.seen);

  expect(first.records).toHaveLength(2);
  expect(repeated.records.map((record) => record.offset)).toEqual([2]);
});

test('invalid source headers are ignored', () => {
  expect(aRecord(0, { partition: 'in:0', offset: Number.NaN }).source).toBeUndefined();
  expect(aRecord(0, { partition: 'in:0', offset: -1 }).source).toBeUndefined();
});

test('a recreated topic is another source, although its offsets are lower', () => {
  const marks = new Map([['in@old:0', sourceSequence({ offset: 500, index: 0 })]]);
  const records = [
    aRecord(0, { partition: 'in@new:0', offset: 3 }),
    aRecord(1, { partition: 'in@old:0', offset: 500 }),
    aRecord(2, { partition: 'in@new:0', offset: 3 }),
  ];

  const { records: unseen, seen } = dropSeen(records, marks);

  expect(unseen.map(({ offset }) => offset)).toEqual([0]);
  expect(earlierSource('in@new:0', new Map([...marks, ...seen]))).toBe('in@old:0');
  expect(earlierSource('in@new:1', marks)).toBeUndefined();
});

test('a mark without an incarnation applies to the first incarnation seen and to no later one', () => {
  const marks = new Map([['in:0', sourceSequence({ offset: 5, index: 0 })]]);
  const first = dropSeen(
    [5, 6].map((offset) => aRecord(offset, { partition: 'in@a:0', offset })),
    marks,
  );
  const after = new Map([...marks, ...first.seen]);

  const second = dropSeen(
    [0, 1].map((offset) => aRecord(offset, { partition: 'in@b:0', offset })),
    after,
  );

  expect(first.records.map(({ offset }) => offset)).toEqual([6]);
  expect(second.records.map(({ offset }) => offset)).toEqual([0, 1]);
});

test('the incarnation of the input is stored as a mark', () => {
  const marks = new Map([
    ['in@a:0', 7],
    [inputMark('abc_-1'), 0],
  ]);

  expect(inputOf(marks)).toBe('abc_-1');
  expect(inputOf(new Map([['in@a:0', 7]]))).toBeUndefined();
});
