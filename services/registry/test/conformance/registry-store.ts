import { beforeEach, describe } from 'vitest';
import type { RegistryStore } from '../../src/storage/registry-store.port.js';
import { aRegistry, type TestRegistry } from './a-registry.js';
import {
  describeJournal,
  describeLoggedModels,
  describeModels,
  describeModelSearch,
  describeModelVersions,
  describePercentNames,
  describeStagesAndAliases,
  describeVersionChanges,
} from './models.js';
import { describeRunSearch } from './run-search.js';
import {
  describeExperimentDeletion,
  describeExperiments,
  describeExperimentSearch,
  describeMetricHistory,
  describeMetrics,
  describeRunRecords,
  describeRuns,
} from './tracking.js';

/** Behaviour of every registry store, tested through the use cases. `open` returns an empty store each time. */
export function describeRegistryStore(name: string, open: () => Promise<RegistryStore>): void {
  describe(name, () => {
    let registry: TestRegistry;
    beforeEach(async () => {
      registry = aRegistry(await open());
    });
    const given = (): TestRegistry => registry;

    describeExperiments(given);
    describeExperimentDeletion(given);
    describeExperimentSearch(given);
    describeMetrics(given);
    describeMetricHistory(given);
    describeRuns(given);
    describeRunRecords(given);
    describeRunSearch(given);
    describeModels(given);
    describeModelVersions(given);
    describePercentNames(given);
    describeVersionChanges(given);
    describeModelSearch(given);
    describeStagesAndAliases(given);
    describeLoggedModels(given);
    describeJournal(given);
  });
}
