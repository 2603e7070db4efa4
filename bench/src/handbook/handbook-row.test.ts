import { describe, expect, test } from 'vitest';
import { rowParser } from './handbook-row.js';

const HEADER = 'TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO';

describe('a line of a handbook file', () => {
  test('is read with its time as UTC', () => {
    const row = rowParser(HEADER)('17,2018-04-01 00:00:31,596,3156,57.16,1,2');

    expect(row).toEqual({
      transactionId: '17',
      occurredAtMs: Date.UTC(2018, 3, 1, 0, 0, 31),
      customerId: '596',
      terminalId: '3156',
      amount: 57.16,
      isFraud: true,
      scenario: 2,
    });
  });

  test.each(['', 'x', '-1', '1.5', '12345'])('has an unknown scenario if its cell is "%s"', (cell) => {
    expect(rowParser(HEADER)(`17,2018-04-01 00:00:31,596,3156,57.16,1,${cell}`).scenario).toBe(0);
  });

  test('is read by column name, whatever the order and the further columns', () => {
    const parse = rowParser(
      'TX_FRAUD_SCENARIO,NOTE,TX_FRAUD,TX_AMOUNT,TERMINAL_ID,CUSTOMER_ID,TX_DATETIME,TRANSACTION_ID',
    );

    expect(parse('0,hello,0,1.5,m1,c1,2018-04-01T10:00:00,t1')).toMatchObject({ transactionId: 't1', amount: 1.5 });
  });

  test.each([
    ['1,2018-04-01 00:00:31,596,3156,abc,0,0', /TX_AMOUNT is "abc" and not a number/],
    ['1,2018-04-01 00:00:31,596,3156,,0,0', /TX_AMOUNT is "" and not a number/],
    ['1,2018-04-31x,596,3156,1,0,0', /TX_DATETIME is "2018-04-31x" and not a time/],
    ['1,2018-13-01 00:00:00,596,3156,1,0,0', /TX_DATETIME/],
    ['1,2018-04-01 00:00:31,596,3156,1,2,0', /TX_FRAUD is "2" and not 0 or 1/],
    ['1,2018-04-01 00:00:31,,3156,1,0,0', /CUSTOMER_ID is "" and not an id/],
    ['1,2018-04-01 00:00:31,596,3156,1', /has 5 columns instead of 7/],
  ])('is refused naming the column: %s', (line, message) => {
    expect(() => rowParser(HEADER)(line)).toThrow(message);
  });

  test('a header names every column it lacks', () => {
    expect(() => rowParser('TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TX_AMOUNT,TX_FRAUD')).toThrow(
      /lacks TERMINAL_ID, TX_FRAUD_SCENARIO/,
    );
  });
});
