import { fnv1a64 } from '@fraudflow/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idHash, idHashToBigInt } from './id-hash.js';

test('the halves are those of the 64-bit hash of core, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (id) => {
      expect(idHashToBigInt(idHash(id))).toBe(fnv1a64(id));
    }),
    { seed: 11, numRuns: 1_000 },
  );
});
