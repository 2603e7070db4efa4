import { deadLetterTopicName } from '@fraudflow/contracts';
import { MemoryBus } from '@fraudflow/messaging';
import { describe, expect, test } from 'vitest';
import { DeliveryLedger, transactionIdOf } from '@fraudflow/bench';
import { readDelivery } from './read-delivery.js';

const at = (offset: number, partition = 0) => ({ partition, offset });

describe('the delivery ledger', () => {
  test('balances if every good transaction was scored once', () => {
    const ledger = new DeliveryLedger();
    ledger.deadLetter(at(1));
    ledger.produced('a', at(0), 100);
    ledger.produced(undefined, at(1), 110);
    ledger.produced('b', at(2), 120);
    ledger.produced('a', at(3), 130);
    for (const id of ['a', 'b', 'a']) ledger.validated(id);

    ledger.scored('a', 105);
    ledger.scored('b', 140);

    expect(ledger.counts()).toEqual({
      produced: 4,
      validated: 2,
      rejected: 1,
      duplicates: 1,
      scored: 2,
      lost: 0,
      scored_twice: 0,
    });
  });

  test('finds a lost transaction by its id', () => {
    const ledger = new DeliveryLedger();
    ['a', 'b', 'c'].forEach((id, offset) => ledger.produced(id, at(offset), 0));

    ledger.scored('b', 1);

    expect(ledger.counts()).toMatchObject({ lost: 2, scored: 1 });
    expect(ledger.lostIds(1)).toEqual(['a']);
  });

  test('finds a transaction that was scored several times', () => {
    const ledger = new DeliveryLedger();
    ledger.produced('a', at(0), 0);

    for (let n = 0; n < 3; n++) ledger.scored('a', n);

    expect(ledger.counts()).toMatchObject({ scored: 1, scored_twice: 2, lost: 0 });
  });

  test('finds a score that belongs to a rejected record or to no record', () => {
    const ledger = new DeliveryLedger();
    ledger.deadLetter(at(0));
    ledger.produced('bad', at(0), 0);

    ledger.scored('bad', 1);
    ledger.scored('stranger', 1);
    ledger.scored('stranger', 2);

    expect(ledger.unexpected).toBe(2);
    expect(ledger.counts()).toMatchObject({ scored_twice: 1, rejected: 1 });
  });

  test('counts an unreadable record without a dead letter as lost', () => {
    const ledger = new DeliveryLedger();

    ledger.produced(undefined, at(5, 2), 0);

    expect(ledger.lostIds(9)).toEqual(['record 2:5']);
  });

  test('one record with two dead letters is one rejection', () => {
    const ledger = new DeliveryLedger();
    ledger.deadLetter(at(0));
    ledger.deadLetter(at(0));

    ledger.produced('x', at(0), 0);

    expect(ledger.counts()).toMatchObject({ produced: 1, rejected: 1, lost: 0 });
  });

  test('measures from the first append to the first score, for transactions sent in the span', () => {
    const ledger = new DeliveryLedger();
    ledger.produced('early', at(0), 50);
    ledger.produced('a', at(1), 100);
    ledger.produced('a', at(2), 120);
    ledger.produced('b', at(3), 150);
    ledger.produced('lost', at(4), 150);

    for (const [id, ms] of [
      ['early', 500],
      ['a', 130],
      ['a', 900],
      ['b', 170],
    ] as const)
      ledger.scored(id, ms);

    expect([...ledger.latenciesMs(100, 200)]).toEqual([30, 20]);
  });
});

test('the ledger is read from the topics, with dead letters by the place of their record', async () => {
  const bus = new MemoryBus();
  const topics = ['transactions', deadLetterTopicName('transactions'), 'transactions.validated', 'transactions.scored'];
  await bus.admin.createTopics(
    topics.map((name) => ({ name, partitions: 2, retentionMs: -1, cleanup: 'delete', maxMessageBytes: 1e6 })),
  );
  const record = (topic: string, value: string, headers = {}) => ({ topic, partition: 1, key: 'k', value, headers });
  await bus
    .producer()
    .write([
      record('transactions', '{"transaction_id":"t1","amount":1}'),
      record('transactions', '{"transaction_id":"t2","amount":-1}'),
      record('transactions', '{"transaction_id":"t3","amount":1}'),
      record(topics[1] ?? '', 'x', { 'dlq-partition': '1', 'dlq-offset': '1' }),
      record('transactions.validated', '{"transaction_id":"t1"}'),
      record('transactions.scored', '{"transaction":{"transaction_id":"t1"}}'),
    ]);

  const shares: number[] = [];
  const ledger = await readDelivery(bus.admin, (share) => shares.push(share));

  expect(ledger.counts()).toMatchObject({ produced: 3, rejected: 1, validated: 1, scored: 1, lost: 1 });
  expect(ledger.lostIds(5)).toEqual(['t3']);
  expect(shares.at(-1)).toBe(1);
});

test('an id is found without parsing, and none is found in a record without one', () => {
  expect(transactionIdOf(Buffer.from('{"x":1,"transaction":{"transaction_id":"t9","a":2}}'))).toBe('t9');
  expect(transactionIdOf(Buffer.from('{"transaction_id": "spaced"}'))).toBeUndefined();
  expect(transactionIdOf(Buffer.from('{"transaction_id":"cut'))).toBeUndefined();
  expect(transactionIdOf(null)).toBeUndefined();
});
