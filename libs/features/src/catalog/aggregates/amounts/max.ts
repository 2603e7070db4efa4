import { defineAggregate } from '../contract/aggregate.js';
import { MINOR_PER_MAJOR } from '../contract/window-rows.js';

/** Greatest amount, in major units; 0 if there are no rows. */
export const max = defineAggregate({
  name: 'max',
  dtype: 'double',
  rows: ['all'],
  needs: { order: true },
  sentence: ({ rows }) => `Greatest amount, in major units, of the ${rows}; 0 if there are none.`,
  evaluate: (rows) => rows.greatest() / MINOR_PER_MAJOR,
});
