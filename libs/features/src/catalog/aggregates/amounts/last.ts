import { defineAggregate } from '../contract/aggregate.js';
import { MINOR_PER_MAJOR, NO_ROW } from '../contract/window-rows.js';

/** Amount of the newest row, in major units; 0 if there are no rows. */
export const last = defineAggregate({
  name: 'last',
  dtype: 'double',
  rows: ['all'],
  sentence: ({ rows }) => `Amount, in major units, of the newest of the ${rows}; 0 if there are none.`,
  evaluate: (rows) => {
    const newest = rows.newest();
    return newest === NO_ROW ? 0 : rows.amountOf(newest) / MINOR_PER_MAJOR;
  },
});
