import { modelsEventsTopic } from '@fraudflow/contracts';
import { defineStreams, type StreamProducer } from '@fraudflow/messaging';

/**
 * What the registry writes and keeps. Schema and folder are the defaults of settings; the journal has the name of its
 * outbox table.
 */
export const streams = defineStreams({
  service: 'registry',
  produce: [modelsEventsTopic],
  state: {
    records: {
      store: 'Postgres',
      name: 'registry',
      holds: 'experiments, runs, logged models, registered models, versions, aliases',
    },
    journal: { store: 'Postgres', name: 'outbox', holds: 'audit log, outbox of model events, artifact digests' },
    artifacts: { store: 'files', name: '.fraudflow/artifacts', holds: 'artifact files' },
  },
});

/** A producer for the registry's outputs. */
export type RegistryProducer = StreamProducer<typeof streams>;
