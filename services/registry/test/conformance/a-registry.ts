import { FixedClock } from '@fraudflow/core';
import { ExperimentsService } from '../../src/experiments/experiments.service.js';
import { LoggedModelsService } from '../../src/logged-models/logged-models.service.js';
import { ModelVersionsService } from '../../src/models/model-versions.service.js';
import { StagesService } from '../../src/models/stages.service.js';
import { AliasesService } from '../../src/models/aliases.service.js';
import { RegisteredModelsService } from '../../src/models/registered-models.service.js';
import { MetricHistoryService } from '../../src/runs/metric-history.service.js';
import { RunLoggingService } from '../../src/runs/run-logging.service.js';
import { RunsService } from '../../src/runs/runs.service.js';
import type { RegistryStore } from '../../src/storage/registry-store.port.js';

/** The registry's use cases over one store, with a clock that the test advances. */
export function aRegistry(store: RegistryStore) {
  const clock = new FixedClock(1_700_000_000_000);
  const registry = {
    clock,
    store,
    experiments: new ExperimentsService(store, clock),
    runs: new RunsService(store, clock),
    logging: new RunLoggingService(store),
    histories: new MetricHistoryService(store),
    loggedModels: new LoggedModelsService(store, clock),
    models: new RegisteredModelsService(store, clock),
    versions: new ModelVersionsService(store, clock),
    stages: new StagesService(store, clock),
    aliases: new AliasesService(store, clock),
  };
  return {
    ...registry,
    /** A run in experiment 0, created one millisecond after the previous one. */
    aRun: async (runName = '', tags: { key: string; value: string }[] = []) => {
      clock.advance(1);
      const draft = { experimentId: '0', userId: 'ann', runName, startedAtMs: clock.nowMs(), tags };
      return (await registry.runs.create(draft)).info.runId;
    },
    aModel: (name: string, tags: { key: string; value: string }[] = []) =>
      registry.models.create({ name, description: '', tags }, 'ann'),
    aVersion: (name: string, source = 's3://bucket/model') => {
      clock.advance(1);
      const draft = { name, source, runId: undefined, modelId: undefined, runLink: '', description: '', tags: [] };
      return registry.versions.create(draft, 'ann');
    },
    aLoggedModel: (name: string, sourceRunId?: string) => {
      clock.advance(1);
      return registry.loggedModels.create({
        experimentId: '0',
        name,
        modelType: '',
        sourceRunId,
        params: [],
        tags: [],
      });
    },
  };
}

export type TestRegistry = ReturnType<typeof aRegistry>;
