import { modelsEventsTopic, type StreamGraph } from '@fraudflow/contracts';

export const streamGraph: StreamGraph = {
  service: 'registry',
  consumes: [],
  produces: [modelsEventsTopic.name],
  state: [
    'postgres: experiments, runs, logged models, registered models, versions, aliases',
    'postgres: audit log, outbox of model events, artifact digests',
    'folder: artifact files',
  ],
  calls: [],
};
