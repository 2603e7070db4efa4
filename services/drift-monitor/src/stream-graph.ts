import {
  driftVerdictsTopic,
  labelsValidatedTopic,
  modelsEventsTopic,
  retrainingRequestedTopic,
  type StreamGraph,
  transactionsScoredTopic,
} from '@fraudflow/contracts';

/** Group of the one active instance. Its offsets are a hint for lag only: reading starts from the checkpoint's. */
export const DRIFT_MONITOR_GROUP = 'drift-monitor';

export const streamGraph: StreamGraph = {
  service: 'drift-monitor',
  consumes: [transactionsScoredTopic, labelsValidatedTopic, modelsEventsTopic].map(({ name }) => ({
    topic: name,
    group: DRIFT_MONITOR_GROUP,
  })),
  produces: [driftVerdictsTopic.name, retrainingRequestedTopic.name],
  state: ['redis: one checkpoint with windows, evidence, label join and offsets; lease and epoch'],
  calls: ['registry (HTTP: reference profiles)'],
};
