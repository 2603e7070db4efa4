import { defineAggregate } from '../contract/aggregate.js';
import { NO_ROW } from '../contract/window-rows.js';

/** 1 if the newest row that passes the filter was of an ordinary amount, else 0: see `event-attributes`. */
export const lastAttribute = defineAggregate({
  name: 'last_attribute',
  dtype: 'int64',
  rows: ['known_fraud'],
  needs: { ends: true, attributes: true },
  subject: (rows) => `last_${rows ?? 'tx'}_is_ordinary`,
  sentence: ({ rows }) =>
    `1 if the newest of the ${rows} was of an ordinary amount (at most 220, below 2.5 × its card's median), else 0.`,
  evaluate: (rows) => {
    const newest = rows.newest();
    return newest !== NO_ROW && rows.isOrdinary(newest) ? 1 : 0;
  },
});
