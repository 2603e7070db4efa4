import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CopyCursor } from './copy-cursor.js';
import { CopyWriter } from './copy-writer.js';
import { TextPool } from './text-pool.js';

interface Row {
  readonly text: string;
  readonly whole: number;
  readonly instantMs: number;
  readonly values: Float64Array;
  readonly flag: boolean | undefined;
}

const rows = fc.array(
  fc.record({
    text: fc.string({ unit: 'binary', maxLength: 80 }).filter((text) => Buffer.from(text).toString() === text),
    whole: fc.maxSafeInteger(),
    instantMs: fc.integer({ min: -(2 ** 43), max: 2 ** 43 }),
    values: fc.float64Array({ maxLength: 50 }),
    flag: fc.option(fc.boolean(), { nil: undefined }),
  }),
);

function write(written: readonly Row[], pieceBytes: number): readonly Buffer[] {
  const copy = new CopyWriter(32);
  const pieces: Buffer[] = [];
  for (const { text, whole, instantMs, values, flag } of written) {
    copy.row(5).text(text).int8(whole).instant(instantMs).float8Array(values);
    if (flag === undefined) copy.null();
    else copy.bool(flag);
    if (copy.pendingBytes >= pieceBytes) pieces.push(copy.take());
  }
  return [...pieces, copy.finish()];
}

function read(cursor: CopyCursor): Row {
  const [text, whole, instantMs, values] = [cursor.text(), cursor.int8(), cursor.instantMs(), cursor.float8Array()];
  return { text, whole, instantMs, values, flag: cursor.isNull() ? undefined : cursor.bool() };
}

test('rows read back as written, wherever the byte stream is split', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 97 }), (written, pieceBytes, cut) => {
      const bytes = Buffer.concat(write(written, pieceBytes));
      const cursor = new CopyCursor();
      const got: Row[] = [];
      for (let at = 0; at < bytes.length; at += cut) {
        cursor.push(bytes.subarray(at, at + cut));
        while (cursor.next()) got.push(read(cursor));
      }

      expect(got).toEqual(written);
      expect(cursor.done).toBe(true);
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('pooled texts, first or repeated, decode to the text that was written', () => {
  const texts = fc.array(fc.oneof(fc.constantFrom('1', '12', 'c1', 'é', 'Ã©', ''), fc.string({ unit: 'grapheme' })));
  fc.assert(
    fc.property(texts, (written) => {
      const pool = new TextPool();
      const copy = new CopyWriter();
      for (const text of [...written, ...written]) copy.row(1).text(text);
      const cursor = new CopyCursor();
      cursor.push(copy.finish());
      const got: string[] = [];
      while (cursor.next()) got.push(cursor.pooledText(pool));

      expect(got).toEqual([...written, ...written]);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('a stream without its trailer is not done', () => {
  const cursor = new CopyCursor();

  cursor.push(new CopyWriter().row(1).int4(7).take());

  expect(cursor.next()).toBe(true);
  expect(cursor.int4()).toBe(7);
  expect(cursor.next()).toBe(false);
  expect(cursor.done).toBe(false);
});

test('whole numbers beyond 2^53 are written exactly when given as bigint', () => {
  const bytes = new CopyWriter()
    .row(1)
    .int8(2n ** 62n + 1n)
    .finish();

  expect(bytes.readBigInt64BE(bytes.length - 10)).toBe(2n ** 62n + 1n);
});

test('a null in a column read as not null is an assertion failure', () => {
  const cursor = new CopyCursor();
  cursor.push(new CopyWriter().row(1).null().finish());
  cursor.next();

  expect(() => cursor.text()).toThrow(expect.objectContaining({ kind: 'assertion_failed' }));
});

test('numbers outside the range of the column type are refused', () => {
  const writer = new CopyWriter();

  for (const value of [32_768, -32_769, 1.5, Number.NaN]) expect(() => writer.int2(value)).toThrow(RangeError);
  for (const value of [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN]) expect(() => writer.int4(value)).toThrow(RangeError);
  for (const value of [2 ** 63, 2n ** 63n, -(2n ** 63n) - 1n, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => writer.int8(value)).toThrow(RangeError);
  }
  expect(() => writer.instant(Number.NaN)).toThrow(RangeError);
});
