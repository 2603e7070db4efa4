import { defineAggregate } from '../contract/aggregate.js';

/** Number of the newest rows that pass the filter without a gap. */
export const streak = defineAggregate({
  name: 'streak',
  dtype: 'int64',
  rows: ['known_fraud', 'known_genuine'],
  needs: { window: true, ends: true },
  subject: (rows) => `${rows ?? 'all'}_streak`,
  sentence: ({ selected, span }) => `How many of the newest transactions ${span} are ${selected}, without a gap.`,
  evaluate: (rows) => rows.streak(),
});
