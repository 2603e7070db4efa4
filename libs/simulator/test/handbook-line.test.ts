import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HANDBOOK_COLUMNS, handbookLine } from './handbook-line.js';
import { TransactionSimulator } from '../src/simulator.js';

test('a transaction becomes a line of the handbook’s format', () => {
  const line = handbookLine({
    transactionId: 't0000017',
    occurredAtMs: Date.UTC(2018, 3, 1, 0, 0, 31),
    customerId: 'c00596',
    terminalId: 'm03156',
    amount: 57.1,
    isFraud: true,
    scenario: 2,
  });

  expect(line).toBe('17,2018-04-01 00:00:31,596,3156,57.1,1,2');
});

test('the sample file equals the output of its seed', () => {
  const simulator = new TransactionSimulator({
    seed: 20_180_401,
    customers: 50,
    terminals: 100,
    radius: 20,
    compromisedTerminalsPerDay: 0.1,
    leakedCustomersPerDay: 0.1,
  });
  const lines = Array.from({ length: 30 }, () => simulator.nextDay().transactions.map(handbookLine)).flat();

  const sample = readFileSync(new URL('./data/sample-transactions.csv', import.meta.url), 'utf8');

  expect(sample).toBe([HANDBOOK_COLUMNS.join(','), ...lines, ''].join('\n'));
});
