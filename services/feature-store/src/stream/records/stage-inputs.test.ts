import { counterpartOf, idHash } from '@fraudflow/features';
import type { RawRecord } from '@fraudflow/messaging';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeByTerminal, decodeValidated } from './stage-inputs.js';
import { TransactionScanner } from './transaction-scanner.js';

const TRANSACTION = {
  transaction_id: 'tx-1',
  occurred_at: '2018-04-01T00:00:31.000Z',
  customer_id: 'c-1',
  terminal_id: 't-1',
  amount_minor: 5_716,
  currency: 'EUR',
};
const EXPECTED = {
  idHash: idHash('tx-1'),
  occurredAtMs: Date.parse('2018-04-01T00:00:31.000Z'),
  amountMinor: 5_716,
  customerId: 'c-1',
  terminalId: 't-1',
};

const record = (text: string): RawRecord => ({
  offset: 0,
  key: null,
  value: Buffer.from(text),
  headers: {},
  appendedAtMs: 0,
});
const scans = (text: string): boolean => new TransactionScanner().scan(Buffer.from(text), 0);

test('a transaction in the form of ingestion is scanned, and its JSON is the record itself', () => {
  const text = JSON.stringify({ ...TRANSACTION, card_token: 'v1.abc' });

  const taken = decodeValidated(record(text));

  expect(scans(text)).toBe(true);
  expect(taken).toMatchObject(EXPECTED);
  expect(taken.bytes.toString('utf8', taken.from, taken.to)).toBe(text);
});

test.each([
  ['fields in another order', Object.fromEntries(Object.entries(TRANSACTION).reverse())],
  ['nested fields of the producer', { ...TRANSACTION, extra: { a: [1, { b: '}' }] } }],
  ['escaped text', { ...TRANSACTION, extra_text: 'a "quoted"\n text' }],
  ['text beyond ASCII', { ...TRANSACTION, card_token: 'é' }],
])('%s is decoded like any other', (_, transaction) => {
  const text = JSON.stringify(transaction);

  const taken = decodeValidated(record(text));

  expect(taken).toMatchObject(EXPECTED);
  expect(taken.bytes.toString('utf8', taken.from, taken.to)).toBe(text);
});

test('the amount is that of the base currency, scanned or parsed', () => {
  const foreign = {
    ...TRANSACTION,
    currency: 'SEK',
    base_amount_minor: 501,
    base_currency: 'EUR',
    exchange_rate: '0.0877',
  };

  for (const transaction of [foreign, { ...foreign, extra: { a: [1] } }]) {
    const taken = decodeValidated(record(JSON.stringify(transaction)));
    expect(taken.amountMinor).toBe(501);
  }
  const scanner = new TransactionScanner();
  expect(scanner.scan(Buffer.from(JSON.stringify(foreign)), 0)).toBe(true);
  expect([scanner.amountMinor, scanner.windowAmountMinor]).toEqual([5_716, 501]);
  scanner.scan(Buffer.from(JSON.stringify(TRANSACTION)), 0);
  expect(scanner.windowAmountMinor).toBe(5_716);
});

test('each entity has the byte of the id of the other entity', () => {
  const handedOver = { kind: 'transaction', transaction: TRANSACTION, vector: [], attributes: 0 };
  const atTerminal = decodeByTerminal(record(JSON.stringify(handedOver)));

  expect(decodeValidated(record(JSON.stringify(TRANSACTION))).counterpart).toBe(counterpartOf('t-1'));
  expect(atTerminal).toMatchObject({ transaction: { counterpart: counterpartOf('c-1') } });
});

test("a producer's own fields are passed on digit for digit, scanned or parsed", () => {
  const extra = '{"trace":1848262534971330561,"seq":[9007199254740993, 1.10],"__proto__":{"a":-0}}';
  const text = `${JSON.stringify(TRANSACTION).slice(0, -1)},"extra":${extra}}`;
  const scanned = `{"kind":"transaction","transaction":${text},"vector":[1],"attributes":3}`;
  const reordered = `{ "vector":[1], "attributes":3, "late":true, "kind":"transaction", "transaction" : ${text} }`;

  const validated = decodeValidated(record(text));
  expect(validated.bytes.toString('utf8', validated.from, validated.to)).toBe(text);
  for (const handedOver of [scanned, reordered]) {
    const taken = decodeByTerminal(record(handedOver));
    if (taken.kind !== 'transaction') throw new Error('a transaction was expected');
    const { bytes, from, to } = taken.transaction;
    expect(bytes.toString('utf8', from, to)).toBe(text);
    expect(taken.isLate).toBe(handedOver === reordered);
  }
});

test('ids beyond ASCII and with escapes are decoded as by a parser', () => {
  const taken = decodeValidated(record(JSON.stringify({ ...TRANSACTION, customer_id: 'é', terminal_id: 'a"b' })));

  expect(taken).toMatchObject({ customerId: 'é', terminalId: 'a"b' });
});

test('the scanner accepts nothing that a parser refuses, and finds the same values', () => {
  const valid = JSON.stringify(TRANSACTION);
  const mutation = fc.tuple(
    fc.nat({ max: valid.length }),
    fc.nat({ max: 3 }),
    fc.string({ unit: fc.constantFrom(...'{}[]:,"\\0123456789.-+eEatrufls \n'), maxLength: 4 }),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
      let text = valid;
      for (const [at, removed, added] of mutations) text = text.slice(0, at) + added + text.slice(at + removed);
      const scanner = new TransactionScanner();
      if (!scanner.scan(Buffer.from(text), 0) || scanner.end !== text.length) return;
      accepted++;
      const parsed = JSON.parse(text) as typeof TRANSACTION;
      expect(scanner.transactionId).toBe(parsed.transaction_id);
      expect(scanner.customerId).toBe(parsed.customer_id);
      expect(scanner.terminalId).toBe(parsed.terminal_id);
      expect(scanner.amountMinor).toBe(parsed.amount_minor);
      expect(scanner.currency).toBe(parsed.currency);
      expect(scanner.occurredAtMs).toBe(Date.parse(parsed.occurred_at));
    }),
    { seed: 7, numRuns: 50_000 },
  );
  // Most changes inside a text or a number leave a valid transaction. The test is void if the scanner refuses all of
  // them.
  expect(accepted).toBeGreaterThan(5_000);
});

test.each([
  ['', 'EMPTY_VALUE'],
  ['{"transaction_id":"tx', 'INVALID_JSON'],
  [`${JSON.stringify(TRANSACTION)}x`, 'INVALID_JSON'],
])('%j is refused with the error of the parser', (text, code) => {
  expect(() => decodeValidated(record(text))).toThrow(expect.objectContaining({ code }) as Error);
});

test('a value beyond the limit is refused with the error of the parser', () => {
  const text = JSON.stringify({ ...TRANSACTION, card_token: 'x'.repeat(2 * 1024 * 1024) });

  expect(() => decodeValidated(record(text))).toThrow(expect.objectContaining({ code: 'VALUE_TOO_LARGE' }) as Error);
});

test('bytes that are not UTF-8 are refused', () => {
  const value = Buffer.concat([Buffer.from(JSON.stringify(TRANSACTION).slice(0, -2)), Buffer.from([0xff, 0x22, 0x7d])]);

  expect(() => decodeValidated({ ...record(''), value })).toThrow(
    expect.objectContaining({ code: 'INVALID_UTF8' }) as Error,
  );
});

test('an event of the customer stage is scanned; one of another version is parsed', () => {
  const handedOver = { kind: 'transaction', transaction: TRANSACTION, vector: [1, null, 0.5], attributes: 3 };
  const reordered = { vector: [1, null, 0.5], attributes: 3, transaction: TRANSACTION, kind: 'transaction' };

  for (const event of [handedOver, reordered]) {
    const taken = decodeByTerminal(record(JSON.stringify(event)));

    expect(taken).toMatchObject({ kind: 'transaction', transaction: EXPECTED, vector: [1, null, 0.5], attributes: 3 });
    if (taken.kind !== 'transaction') throw new Error('a transaction was expected');
    const { bytes, from, to } = taken.transaction;
    expect(JSON.parse(bytes.toString('utf8', from, to))).toEqual(TRANSACTION);
  }
});

test('a label is parsed', () => {
  const label = { transaction_id: 'tx-1', is_fraud: true };

  expect(decodeByTerminal(record(JSON.stringify({ kind: 'label', label })))).toEqual({ kind: 'label', label });
});

test('an event that is truncated in its vector is refused', () => {
  const text = JSON.stringify({ kind: 'transaction', transaction: TRANSACTION, vector: [1, 2], attributes: 3 });

  expect(() => decodeByTerminal(record(text.slice(0, -20)))).toThrow(
    expect.objectContaining({ code: 'INVALID_JSON' }) as Error,
  );
});
