import type { TransactionSeed } from './good-transactions.js';
import { transactionBody, transactionJson } from './good-transactions.js';

/** A record of `transactions` that must be refused, and the expected content of its dead letter. */
export interface BadRecord {
  readonly what: string;
  readonly value: Buffer;
  /** Expected in the dead letter's header. */
  readonly code: string;
  /** The invalid field; absent if the complete record is unreadable. */
  readonly field?: string;
}

const FIVE_MEGABYTES = 5_000_000;
/** Default of FRAUDFLOW_MAX_RECORD_BYTES. */
const MAX_RECORD_BYTES = 65_536;

/** Every kind of invalid transaction, each derived from a valid one with a unique id. */
export function badRecords(next: () => TransactionSeed): readonly BadRecord[] {
  const broken = (change: Readonly<Record<string, unknown>>): Buffer =>
    Buffer.from(JSON.stringify({ ...(JSON.parse(transactionJson(next())) as object), ...change }));
  const sizedTo = (bytes: number): Buffer => {
    const seed = next();
    const empty = JSON.stringify({ ...transactionBody(seed), note: '' }).length;
    return Buffer.from(JSON.stringify({ ...transactionBody(seed), note: 'x'.repeat(bytes - empty) }));
  };
  const amountLiteral = (literal: string): Buffer =>
    Buffer.from(transactionJson(next()).replace(/"amount":[\d.]+/, `"amount":${literal}`));
  const bad = (what: string, value: Buffer, code: string, field?: string): BadRecord => ({
    what,
    value,
    code,
    ...(field === undefined ? {} : { field }),
  });

  return [
    bad('invalid JSON', Buffer.from('{"transaction_id": "broken'), 'JSON_INVALID'),
    bad(
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"transaction_id":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]),
      'ENCODING_INVALID',
    ),
    bad('an empty value', Buffer.alloc(0), 'RECORD_EMPTY'),
    bad('a JSON array', Buffer.from(`[${transactionJson(next())}]`), 'JSON_NOT_AN_OBJECT'),
    bad('JSON null', Buffer.from('null'), 'JSON_NOT_AN_OBJECT'),
    bad('arrays nested without end', Buffer.from('['.repeat(60_000)), 'JSON_INVALID'),
    bad('an amount as text', broken({ amount: '12.50' }), 'AMOUNT_INVALID', 'amount'),
    bad('an id that is a number', broken({ terminal_id: 17 }), 'TERMINAL_ID_INVALID', 'terminal_id'),
    bad('an id with blanks', broken({ customer_id: 'not an id' }), 'CUSTOMER_ID_INVALID', 'customer_id'),
    bad('no customer', broken({ customer_id: undefined }), 'CUSTOMER_ID_MISSING', 'customer_id'),
    bad('no transaction id', broken({ transaction_id: undefined }), 'TRANSACTION_ID_MISSING', 'transaction_id'),
    bad('NaN', amountLiteral('NaN'), 'JSON_INVALID'),
    bad('an amount beyond any number', amountLiteral('1e999'), 'AMOUNT_INVALID', 'amount'),
    bad('a negative amount', broken({ amount: -12.5 }), 'AMOUNT_INVALID', 'amount'),
    bad('an amount above the bound', broken({ amount: 1_000_001 }), 'AMOUNT_TOO_LARGE', 'amount'),
    bad('an amount with three decimals', broken({ amount: 1.005 }), 'AMOUNT_INVALID', 'amount'),
    bad('an unknown currency', broken({ currency: 'QQQ' }), 'CURRENCY_INVALID', 'currency'),
    bad(
      'a day that does not exist',
      broken({ occurred_at: '2025-02-30T00:00:00Z' }),
      'OCCURRED_AT_INVALID',
      'occurred_at',
    ),
    bad('a time without zone', broken({ occurred_at: '2025-06-01T00:00:00' }), 'OCCURRED_AT_INVALID', 'occurred_at'),
    bad('a time far ahead', broken({ occurred_at: '2999-01-01T00:00:00Z' }), 'OCCURRED_AT_IN_FUTURE', 'occurred_at'),
    bad('a time far back', broken({ occurred_at: '1970-01-01T00:00:00Z' }), 'OCCURRED_AT_TOO_OLD', 'occurred_at'),
    bad('one byte more than is accepted', sizedTo(MAX_RECORD_BYTES + 1), 'RECORD_TOO_LARGE'),
    bad('5 MB', broken({ note: 'x'.repeat(FIVE_MEGABYTES) }), 'RECORD_TOO_LARGE'),
  ];
}
