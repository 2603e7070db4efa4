import type { DataSource, EntityManager } from 'typeorm';
import { PostgresExperimentRepository } from '../../experiments/adapters/postgres-experiment.repository.js';
import { PostgresJournal } from '../../journal/adapters/postgres-journal.js';
import { PostgresLoggedModelRepository } from '../../logged-models/adapters/postgres-logged-model.repository.js';
import { PostgresModelVersionRepository } from '../../model-versions/adapters/postgres-model-version.repository.js';
import { PostgresRegisteredModelRepository } from '../../registered-models/adapters/postgres-registered-model.repository.js';
import { PostgresRunRecordRepository } from '../../runs/adapters/postgres-run-record.repository.js';
import { PostgresRunRepository } from '../../runs/adapters/postgres-run.repository.js';
import { RegistryStore, type RegistryUnit } from '../registry-store.port.js';
import { fromPostgres } from './postgres-errors.js';

/** The registry in Postgres. A write is one transaction at READ COMMITTED; what must not interleave locks its model's row. */
export class PostgresRegistryStore extends RegistryStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async read<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T> {
    try {
      return await work(unitOver(this.dataSource.manager));
    } catch (thrown) {
      throw fromPostgres(thrown);
    }
  }

  override async write<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T> {
    try {
      return await this.dataSource.transaction((manager) => work(unitOver(manager)));
    } catch (thrown) {
      throw fromPostgres(thrown);
    }
  }
}

function unitOver(manager: EntityManager): RegistryUnit {
  return {
    experiments: new PostgresExperimentRepository(manager),
    runs: new PostgresRunRepository(manager),
    runRecords: new PostgresRunRecordRepository(manager),
    loggedModels: new PostgresLoggedModelRepository(manager),
    registeredModels: new PostgresRegisteredModelRepository(manager),
    modelVersions: new PostgresModelVersionRepository(manager),
    journal: new PostgresJournal(manager),
  };
}
