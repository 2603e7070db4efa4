import {
  currencyRatesTopic,
  featuresTopic,
  modelsEventsTopic,
  predictionsTopic,
  transactionsScoredTopic,
} from '@fraudflow/contracts';
import { defineStreams, type StreamProducer } from '@fraudflow/messaging';

/** What the scorer reads, writes and calls; it starts exactly this. It keeps no durable state. */
export const streams = defineStreams({
  service: 'scorer',
  readers: { scoring: { topics: [featuresTopic], group: 'scorer' } },
  tables: { rates: currencyRatesTopic, modelEvents: modelsEventsTopic },
  produce: [transactionsScoredTopic, predictionsTopic],
  calls: ['registry (HTTP)', 'Redis: customer and terminal windows (read only)'],
});

/** A producer for the scorer's outputs. */
export type ScorerProducer = StreamProducer<typeof streams>;
