import { retrainingRequestedTopic, trainingCompletedTopic } from '@fraudflow/contracts';
import { defineStreams, type StreamProducer } from '@fraudflow/messaging';

/** What the trainer reads, writes and calls; it starts exactly this. */
export const streams = defineStreams({
  service: 'trainer',
  consume: { retraining: { topic: retrainingRequestedTopic, group: 'trainer' } },
  produce: [trainingCompletedTopic],
  calls: ['feature-store (gRPC: training sets)', 'registry (HTTP: runs, versions)'],
});

/** A producer for the trainer's outputs. */
export type TrainerProducer = StreamProducer<typeof streams>;
