import { DAY_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NaiveCustomer } from '../../test/naive-customer.js';
import { CustomerState } from '../engine/customer-state.js';
import { idHash } from '../plan/id-hash.js';
import { NARROW_AMOUNTS } from './ring-layout.js';

const START_MS = Date.UTC(2018, 3, 1);
const WIDE_BYTE = 2;

/** Amounts around every bound at which their representation changes, and ordinary ones. */
const amounts = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 50_000 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(-1, NARROW_AMOUNTS - 1, NARROW_AMOUNTS, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e12, -1e12),
    },
  ),
  { minLength: 1, maxLength: 40, size: 'max' },
);

function emitted(state: CustomerState): number[] {
  const out = new Float64Array(15);
  state.features(state.newestAtMs, out);
  return [...out.subarray(3, 9)];
}

describe('rings with amounts that do not fit beside their attributes', () => {
  test('have the features of the model from the first such amount on, and after they were read again', () => {
    fc.assert(
      fc.property(amounts, fc.nat(40), (log, readAt) => {
        let state = CustomerState.empty();
        const model = new NaiveCustomer();
        log.forEach((amountMinor, i) => {
          const atMs = START_MS + i * DAY_MS;
          if (i === readAt) state = CustomerState.decode(state.encode());
          state.apply({ idHash: idHash(String(i)), occurredAtMs: atMs, amountMinor });
          model.apply({ id: String(i), atMs, amountMinor });
          expect(emitted(state)).toEqual(model.features(atMs));
        });
      }),
      { seed: 20180401 },
    );
  });

  test('are packed as wide only if an amount does not fit beside its attributes', () => {
    for (const [amountMinor, isWide] of [
      [NARROW_AMOUNTS - 1, 0],
      [NARROW_AMOUNTS, 1],
      [2 ** 32 - 1, 1],
      [2 ** 32, 1],
      [-1, 1],
    ] as const) {
      const state = CustomerState.empty();
      state.apply({ idHash: idHash('a'), occurredAtMs: START_MS, amountMinor });
      expect(state.encode()[WIDE_BYTE]).toBe(isWide);
    }
  });
});
