import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storeAround } from './copy-around.js';

const REFUSED = Object.assign(new Error('invalid byte sequence'), { code: '22021' });

/** Stores all numbers of a call or none of them; refuses odd numbers. */
class EvenStore {
  readonly stored: number[] = [];
  attempts = 0;

  readonly store = async (rows: readonly number[]): Promise<void> => {
    this.attempts++;
    if (rows.some((row) => row % 2 === 1)) throw REFUSED;
    this.stored.push(...rows);
  };
}

test('for any rows, accepted rows are stored once and in order, and refused rows are returned with the reason', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 99 }), { maxLength: 200 }), async (rows) => {
      const target = new EvenStore();

      const refused = await storeAround(rows, target.store);

      expect(target.stored).toEqual(rows.filter((row) => row % 2 === 0));
      expect(refused).toEqual(rows.filter((row) => row % 2 === 1).map((row) => ({ row, reason: REFUSED })));
    }),
    { seed: 1_901, numRuns: 200 },
  );
});

test('one refused row of ten thousand is isolated in about thirty attempts', async () => {
  const target = new EvenStore();
  const rows = Array.from({ length: 10_000 }, (_, i) => (i === 7_777 ? 1 : 0));

  await storeAround(rows, target.store);

  expect(target.stored).toHaveLength(9_999);
  expect(target.attempts).toBeLessThan(32);
});

test('a transient error is rethrown', async () => {
  const connectionLost = Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });

  await expect(storeAround([1], () => Promise.reject(connectionLost))).rejects.toBe(connectionLost);
});
