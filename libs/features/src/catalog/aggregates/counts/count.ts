import { defineAggregate } from '../contract/aggregate.js';

/** Number of rows that pass the filter. */
export const count = defineAggregate({
  name: 'count',
  dtype: 'int64',
  rows: ['all', 'above_median', 'known_fraud', 'known_genuine'],
  subject: (rows) => `nb_${rows ?? 'tx'}`,
  sentence: ({ rows }) => `Number of ${rows}.`,
  evaluate: (rows) => rows.count(),
});
