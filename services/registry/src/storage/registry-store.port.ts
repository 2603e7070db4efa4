import type { ExperimentRepository } from '../entities/experiment.repository.js';
import type { Journal } from '../journal/journal.port.js';
import type { LoggedModelRepository } from '../entities/logged-model.repository.js';
import type { ModelVersionRepository } from '../entities/model-version.repository.js';
import type { RegisteredModelRepository } from '../entities/registered-model.repository.js';
import type { RunRecordRepository } from '../entities/run-record.repository.js';
import type { RunRepository } from '../entities/run.repository.js';

/** The repositories of one unit of work. */
export interface RegistryUnit {
  readonly experiments: ExperimentRepository;
  readonly runs: RunRepository;
  readonly runRecords: RunRecordRepository;
  readonly loggedModels: LoggedModelRepository;
  readonly registeredModels: RegisteredModelRepository;
  readonly modelVersions: ModelVersionRepository;
  readonly journal: Journal;
}

/** Stores everything except the artifact files. */
export abstract class RegistryStore {
  /** Runs reads without a common snapshot: concurrent changes may be visible between them. The work must not write. */
  abstract read<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T>;

  /** Runs work as one transaction, which is rolled back if the work throws. The work may run more than once. */
  abstract write<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T>;
}
