import { DAY_MS } from '@fraudflow/core';
import { defineAggregate } from '../contract/aggregate.js';

/** Number of UTC days with a row. */
export const distinctDays = defineAggregate({
  name: 'distinct_days',
  dtype: 'int64',
  rows: ['all'],
  subject: () => 'nb_days',
  sentence: ({ rows }) => `Number of UTC days with ${rows}.`,
  evaluate: (rows) => {
    const total = rows.total();
    let days = 0;
    let lastDay = Number.NaN;
    // Rows are in the order of time, so equal days are neighbours.
    for (let i = 0; i < total; i++) {
      const day = Math.floor(rows.timeOf(rows.rowAt(i)) / DAY_MS);
      if (day !== lastDay) days++;
      lastDay = day;
    }
    return days;
  },
});
