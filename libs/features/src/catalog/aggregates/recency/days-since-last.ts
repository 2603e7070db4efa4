import { defineAggregate } from '../contract/aggregate.js';
import { daysSince } from './days-since.js';

/** Days from the newest row to the read; the window's length plus its delay if there are no rows. */
export const daysSinceLast = defineAggregate({
  name: 'days_since_last',
  dtype: 'double',
  rows: ['all', 'known_fraud'],
  needs: { ends: true },
  subject: (rows) => `days_since_last_${rows ?? 'tx'}`,
  sentence: ({ rows, capDays }) => `Days since the newest of the ${rows}; ${capDays} if there are none.`,
  evaluate: (rows) => daysSince(rows, rows.newest()),
});
