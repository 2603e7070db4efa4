import {
  currencyRatesTopic,
  labelsTopic,
  labelsValidatedTopic,
  transactionsTopic,
  transactionsValidatedTopic,
} from '@fraudflow/contracts';
import { defineStreams } from '@fraudflow/messaging';

/** What ingestion reads, writes, keeps and calls; it starts exactly this. */
export const streams = defineStreams({
  service: 'ingestion',
  consume: {
    transactions: { topic: transactionsTopic, group: 'ingestion.transactions' },
    labels: { topic: labelsTopic, group: 'ingestion.labels' },
  },
  tables: { rates: currencyRatesTopic },
  produce: [transactionsTopic, labelsTopic, currencyRatesTopic, transactionsValidatedTopic, labelsValidatedTopic],
  deadLetters: [transactionsTopic, labelsTopic],
  state: {
    pendingLabels: { store: 'Postgres', name: 'ingestion', holds: 'labels waiting for their transaction' },
    watermarks: { store: 'Redis', name: 'ingestion.transactions', holds: 'event-time progress of the workers, a hint' },
  },
  calls: ['feature-store (gRPC: transactions by id)'],
});
