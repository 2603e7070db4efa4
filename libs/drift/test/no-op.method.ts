import type { DriftMethod } from '../src/methods/drift-method.js';

/** A method that finds no drift: the smallest file that adds a method. */
export const noOpMethod: DriftMethod = {
  name: 'no_op',
  kinds: ['real', 'integer', 'category'],
  defaultThreshold: 1,
  driftIf: '>=',
  score: () => 0,
};
