import type { ExperimentRepository } from '../entities/experiment.repository.js';
import type { Journal } from '../journal/journal.port.js';
import type { LoggedModelRepository } from '../entities/logged-model.repository.js';
import type { ModelVersionRepository } from '../entities/model-version.repository.js';
import type { RegisteredModelRepository } from '../entities/registered-model.repository.js';
import type { RunRecordRepository } from '../entities/run-record.repository.js';
import type { RunRepository } from '../entities/run.repository.js';

/** The aggregates as one unit of work sees them. */
export interface RegistryUnit {
  readonly experiments: ExperimentRepository;
  readonly runs: RunRepository;
  readonly runRecords: RunRecordRepository;
  readonly loggedModels: LoggedModelRepository;
  readonly registeredModels: RegisteredModelRepository;
  readonly modelVersions: ModelVersionRepository;
  readonly journal: Journal;
}

/** Where everything but the artifact files is kept. */
export abstract class RegistryStore {
  /** Runs reads; they may see each other's in-between states, and nothing may be written. */
  abstract read<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T>;

  /** Runs work as one transaction: all of it lasts, or, if it throws, nothing does. The work may run more than once. */
  abstract write<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T>;
}
