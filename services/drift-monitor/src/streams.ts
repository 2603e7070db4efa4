import {
  driftVerdictsTopic,
  labelsValidatedTopic,
  modelsEventsTopic,
  retrainingRequestedTopic,
  transactionsScoredTopic,
} from '@fraudflow/contracts';
import { defineStreams, type StreamProducer } from '@fraudflow/messaging';

/** Topics, state and outgoing calls of the drift monitor. The service is built from this declaration. */
export const streams = defineStreams({
  service: 'drift-monitor',
  readers: {
    /** Only the active instance reads, from the offsets of its checkpoint. Offsets of the group only show the lag. */
    monitor: { topics: [transactionsScoredTopic, labelsValidatedTopic, modelsEventsTopic], group: 'drift-monitor' },
  },
  produce: [driftVerdictsTopic, retrainingRequestedTopic],
  state: {
    checkpoint: {
      store: 'Redis',
      name: 'ff:{drift-monitor}',
      holds: 'one checkpoint with windows, evidence, label join and offsets; lease and epoch',
    },
  },
  calls: ['registry (HTTP: reference profiles)'],
});

/** Producer for the output topics of the drift monitor. */
export type DriftMonitorProducer = StreamProducer<typeof streams>;
