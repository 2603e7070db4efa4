import {
  currencyRatesTopic,
  featuresTopic,
  modelsEventsTopic,
  predictionsTopic,
  type StreamGraph,
  transactionsScoredTopic,
} from '@fraudflow/contracts';

/** Consumer group of the stream path. */
export const SCORER_GROUP = 'scorer';

export const streamGraph: StreamGraph = {
  service: 'scorer',
  consumes: [
    { topic: featuresTopic.name, group: SCORER_GROUP },
    { topic: currencyRatesTopic.name, group: 'none: every process reads all of it' },
    // Each process reads the whole topic, without a consumer group.
    { topic: modelsEventsTopic.name, group: 'none: every process reads all of it' },
  ],
  produces: [transactionsScoredTopic.name, predictionsTopic.name],
  state: [],
  calls: ['registry (HTTP)', 'redis: customer and terminal windows (read only)'],
};
