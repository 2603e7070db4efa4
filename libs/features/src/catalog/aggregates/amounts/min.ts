import { defineAggregate } from '../contract/aggregate.js';
import { MINOR_PER_MAJOR } from '../contract/window-rows.js';

/** Least amount, in major units; 0 if there are no rows. */
export const min = defineAggregate({
  name: 'min',
  dtype: 'double',
  rows: ['all'],
  needs: { order: true },
  sentence: ({ rows }) => `Least amount, in major units, of the ${rows}; 0 if there are none.`,
  evaluate: (rows) => rows.least() / MINOR_PER_MAJOR,
});
