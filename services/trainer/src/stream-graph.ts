import { retrainingRequestedTopic, type StreamGraph, trainingCompletedTopic } from '@fraudflow/contracts';

export const TRAINER_GROUP = 'trainer';

export const streamGraph: StreamGraph = {
  service: 'trainer',
  consumes: [{ topic: retrainingRequestedTopic.name, group: TRAINER_GROUP }],
  produces: [trainingCompletedTopic.name],
  state: [],
  calls: ['feature-store (gRPC: training sets)', 'registry (HTTP: runs, versions)'],
};
