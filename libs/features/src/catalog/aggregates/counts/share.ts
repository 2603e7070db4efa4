import { defineAggregate } from '../contract/aggregate.js';

/** Rows that pass the filter / all rows; 0 if there are no rows. */
export const share = defineAggregate({
  name: 'share',
  dtype: 'double',
  rows: ['above_median', 'known_fraud', 'known_genuine'],
  needs: { window: true },
  subject: (rows) => (rows === 'known_fraud' ? 'risk' : `${rows ?? 'all'}_share`),
  sentence: ({ selected, span }) => `Share of ${selected} among the transactions ${span}; 0 if there are none.`,
  evaluate: (rows) => {
    const total = rows.total();
    return total === 0 ? 0 : rows.count() / total;
  },
});
