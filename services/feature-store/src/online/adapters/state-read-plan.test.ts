import { partitionOf } from '@fraudflow/core';
import { entityStateKey, stageCompleteKey } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { StateReadPlan, UNREAD } from './state-read-plan.js';

const PARTITIONS = 4;

test('each row has the places of its states and of the markers of their partitions', () => {
  const ids = Array.from({ length: 50 }, (_, i) => ({ customerId: `c${i}`, terminalId: `m${i}` }));

  const { keys, states, marks } = new StateReadPlan(ids, PARTITIONS);

  ids.forEach(({ customerId, terminalId }, row) => {
    const [ofCustomer, ofTerminal] = [partitionOf(customerId, PARTITIONS), partitionOf(terminalId, PARTITIONS)];
    expect(keys[states[2 * row] ?? -1]).toBe(entityStateKey('customer', ofCustomer, customerId));
    expect(keys[states[2 * row + 1] ?? -1]).toBe(entityStateKey('terminal', ofTerminal, terminalId));
    expect(keys[marks[2 * row] ?? -1]).toBe(stageCompleteKey('customer', ofCustomer));
    expect(keys[marks[2 * row + 1] ?? -1]).toBe(stageCompleteKey('terminal', ofTerminal));
  });
});

test('the marker of a partition is read once for all rows', () => {
  const ids = Array.from({ length: 50 }, (_, i) => ({ customerId: `c${i}`, terminalId: `m${i}` }));

  const { keys } = new StateReadPlan(ids, PARTITIONS);

  expect(keys).toHaveLength(2 * ids.length + 2 * PARTITIONS);
  expect(new Set(keys).size).toBe(keys.length);
});

test('an id that is not requested is not read', () => {
  const { keys, states, marks } = new StateReadPlan([{ customerId: 'c1', terminalId: '' }], PARTITIONS);

  expect(keys).toHaveLength(2);
  expect([states[1], marks[1]]).toEqual([UNREAD, UNREAD]);
});
