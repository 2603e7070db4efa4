import {
  featuresTopic,
  modelsEventsTopic,
  predictionsTopic,
  type StreamGraph,
  transactionsScoredTopic,
} from '@fraudflow/contracts';

/** Consumer group of the stream path. */
export const SCORER_GROUP = 'scorer';

/** Every process hears of every model change: its group carries a suffix of its own. */
export const MODEL_GROUP_PREFIX = 'scorer-models-';

export const streamGraph: StreamGraph = {
  service: 'scorer',
  consumes: [
    { topic: featuresTopic.name, group: SCORER_GROUP },
    { topic: modelsEventsTopic.name, group: `${MODEL_GROUP_PREFIX}<process>` },
  ],
  produces: [transactionsScoredTopic.name, predictionsTopic.name],
  state: [],
  calls: ['registry (HTTP)', 'redis: customer and terminal windows (read only)'],
};
