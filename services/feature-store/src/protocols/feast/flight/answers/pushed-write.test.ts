import { type AppError, FixedClock } from '@fraudflow/core';
import {
  DateDay,
  DateMillisecond,
  Decimal,
  Float64,
  Int64,
  makeData,
  makeVector,
  Table,
  TimestampMicrosecond,
  TimestampNanosecond,
  TimeSecond,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { FakeArchive } from '../../../../../test/fake-history.js';
import { type WriteOptions, writePushedRows } from './pushed-write.js';

const NOW_MS = Date.UTC(2026, 4, 1);
const OPTIONS: WriteOptions = { clock: new FixedClock(NOW_MS), cardNumbersInPushes: 'refuse' };
const LEAP_DAY = Date.UTC(2020, 1, 29);
const LEAP_DAY_SECONDS = BigInt(LEAP_DAY / 1_000);

const strings = (...values: (string | null)[]): Vector => vectorFromArray(values, new Utf8());
const nanos = (...values: bigint[]): Vector =>
  makeVector(
    makeData({ type: new TimestampNanosecond('UTC'), data: BigInt64Array.from(values), length: values.length }),
  );
const decimal = (unscaled: bigint, scale: number): Vector =>
  makeVector(makeData({ type: new Decimal(scale, 9, 64), length: 1, data: Uint32Array.of(Number(unscaled), 0) }));

/** One row of customer_profile; `over` replaces columns. */
function aRow(over: Readonly<Record<string, Vector>> = {}): Table {
  return new Table({
    customer_id: strings('c1'),
    credit_limit: vectorFromArray([1_000.5], new Float64()),
    risk_segment: strings('gold'),
    is_business: vectorFromArray([true]),
    account_opened_at: vectorFromArray([LEAP_DAY_SECONDS], new Int64()),
    event_timestamp: nanos(BigInt(NOW_MS) * 1_000_000n),
    ...over,
  });
}

async function written(
  over: Readonly<Record<string, Vector>>,
  options: Partial<WriteOptions> = {},
): Promise<FakeArchive['appended'][number] | undefined> {
  const archive = new FakeArchive();
  await writePushedRows(archive, ['customer_profile'], aRow(over), { ...OPTIONS, ...options });
  return archive.appended[0];
}

test.each([
  ['a date of days', vectorFromArray([new Date(LEAP_DAY)], new DateDay())],
  ['a date of milliseconds', vectorFromArray([new Date(LEAP_DAY)], new DateMillisecond())],
  ['a timestamp', vectorFromArray([LEAP_DAY], new TimestampMicrosecond('UTC'))],
  ['whole seconds', vectorFromArray([LEAP_DAY_SECONDS], new Int64())],
  ['whole seconds that pandas converted to doubles', vectorFromArray([LEAP_DAY / 1_000], new Float64())],
  ['a decimal of whole seconds', decimal(LEAP_DAY_SECONDS, 0)],
])('%s in a timestamp feature is stored as whole seconds', async (_what, column) => {
  expect((await written({ account_opened_at: column }))?.values[3]).toBe(LEAP_DAY_SECONDS);
});

test('a decimal in a feature of type double is stored as the nearest double', async () => {
  expect((await written({ credit_limit: decimal(1_250n, 2) }))?.values[0]).toBe(12.5);
});

test('event times are read from timestamps, dates and text', async () => {
  const eventAt = { seconds: LEAP_DAY / 1_000, nanos: 0 };

  for (const column of [
    vectorFromArray([new Date(LEAP_DAY)], new DateDay()),
    vectorFromArray([LEAP_DAY], new TimestampMicrosecond('UTC')),
    strings('2020-02-29T00:00:00Z'),
  ]) {
    expect((await written({ event_timestamp: column }))?.eventAt).toEqual(eventAt);
  }
});

const YEAR_9999 = BigInt(Date.UTC(9_999, 0) / 1_000);

test.each([
  ['an empty id', 'customer_id', strings('')],
  ['a missing id', 'customer_id', strings(null)],
  ['an id with NUL', 'customer_id', strings('a\0b')],
  ['an id of 5,000 characters', 'customer_id', strings('x'.repeat(5_000))],
  ['text with NUL', 'risk_segment', strings('go\0ld')],
  ['infinity', 'credit_limit', vectorFromArray([Number.POSITIVE_INFINITY], new Float64())],
  ['text for a double', 'credit_limit', strings('much')],
  ['milliseconds instead of seconds', 'account_opened_at', vectorFromArray([BigInt(LEAP_DAY)], new Int64())],
  ['a second of the year 9999', 'account_opened_at', vectorFromArray([YEAR_9999], new Int64())],
  ['a date of the year 9999', 'account_opened_at', vectorFromArray([new Date(Date.UTC(9_999, 0))], new DateDay())],
  ['a time of the day', 'account_opened_at', vectorFromArray([3_600], new TimeSecond())],
  ['a date for a double', 'credit_limit', vectorFromArray([new Date(LEAP_DAY)], new DateDay())],
  ['an event time of the year 9999', 'event_timestamp', vectorFromArray([new Date(Date.UTC(9_999, 0))], new DateDay())],
  ['an event time days ahead', 'event_timestamp', nanos(BigInt(NOW_MS + 2 * 86_400_000) * 1_000_000n)],
  ['numbers for event times', 'event_timestamp', vectorFromArray([LEAP_DAY_SECONDS], new Int64())],
])('%s is refused with column and row, and nothing is written', async (_what, name, column) => {
  const archive = new FakeArchive();

  const writing = writePushedRows(archive, ['customer_profile'], aRow({ [name]: column }), OPTIONS);

  await expect(writing).rejects.toMatchObject({ kind: 'invalid_input', field: name });
  await expect(writing).rejects.toThrow(new RegExp(`${name}: row 0`));
  expect(archive.appended).toEqual([]);
});

test('text with invalid UTF-8, such as half of a surrogate pair, is refused instead of stored as different text', async () => {
  const broken = makeVector(
    makeData({ type: new Utf8(), length: 1, valueOffsets: Int32Array.of(0, 3), data: Uint8Array.of(0xed, 0xa0, 0x80) }),
  );

  await expect(written({ risk_segment: broken })).rejects.toMatchObject({
    kind: 'invalid_input',
    field: 'risk_segment',
  });
  await expect(written({ customer_id: broken })).rejects.toMatchObject({ kind: 'invalid_input', field: 'customer_id' });
});

test.each([
  ['an id', 'customer_id', strings('4111111111111111')],
  ['an id that is a number', 'customer_id', vectorFromArray([4_111_111_111_111_111n], new Int64())],
  ['an id with hyphens', 'customer_id', strings('c-4111-1111-1111-1111')],
  ['text', 'risk_segment', strings('paid with 4111 1111 1111 1111')],
])(
  'a card number in %s is refused with column and row, not repeated, and nothing is written',
  async (_what, name, column) => {
    const archive = new FakeArchive();

    const writing = writePushedRows(archive, ['customer_profile'], aRow({ [name]: column }), OPTIONS);

    const error = (await writing.catch((thrown: unknown) => thrown)) as AppError;
    expect(error).toMatchObject({ kind: 'invalid_input', field: name, code: `${name.toUpperCase()}_IS_CARD_NUMBER` });
    expect(error.message).toContain(`${name}: row 0 holds a card number`);
    expect(error.message).not.toContain('1111');
    expect(archive.appended).toEqual([]);
  },
);

test('a card number in a column of another type is not repeated', async () => {
  await expect(written({ credit_limit: strings('4111111111111111') })).rejects.toThrow(
    /^(?!.*1111).*credit_limit: row 0 holds no double/,
  );
});

describe('if the operator allows values that look like card numbers', () => {
  const keep = { cardNumbersInPushes: 'keep' } as const;

  test.each([
    ['text', strings('4111111111111111')],
    ['whole numbers', vectorFromArray([4_111_111_111_111_111n], new Int64())],
  ])('ids of %s and texts are stored unchanged', async (_what, ids) => {
    const row = await written({ customer_id: ids, risk_segment: strings('4111 1111 1111 1111') }, keep);

    expect(row).toMatchObject({ entityKey: '4111111111111111' });
    expect(row?.values[1]).toBe('4111 1111 1111 1111');
  });

  test('an error about a column of another type does not repeat them', async () => {
    await expect(written({ credit_limit: strings('4111111111111111') }, keep)).rejects.toThrow(
      /^(?!.*1111).*credit_limit: row 0 holds no double/,
    );
  });
});
