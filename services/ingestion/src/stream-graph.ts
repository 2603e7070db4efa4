import {
  currencyRatesTopic,
  deadLetterTopicName,
  labelsTopic,
  labelsValidatedTopic,
  type StreamGraph,
  transactionsTopic,
  transactionsValidatedTopic,
} from '@fraudflow/contracts';

export const TRANSACTIONS_GROUP = 'ingestion.transactions';
export const LABELS_GROUP = 'ingestion.labels';

export const streamGraph: StreamGraph = {
  service: 'ingestion',
  consumes: [
    { topic: transactionsTopic.name, group: TRANSACTIONS_GROUP },
    { topic: labelsTopic.name, group: LABELS_GROUP },
  ],
  tables: [currencyRatesTopic.name],
  produces: [
    transactionsTopic.name,
    labelsTopic.name,
    currencyRatesTopic.name,
    transactionsValidatedTopic.name,
    labelsValidatedTopic.name,
    deadLetterTopicName(transactionsTopic.name),
    deadLetterTopicName(labelsTopic.name),
  ],
  state: ['Postgres: labels waiting for their transaction', 'Redis: how far workers have come, a hint'],
  calls: ['feature-store (gRPC: transactions by id)'],
};
