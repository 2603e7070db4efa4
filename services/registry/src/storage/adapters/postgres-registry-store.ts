import type { DataSource, EntityManager } from 'typeorm';
import { PostgresExperimentRepository } from '../../experiments/adapters/postgres-experiment.repository.js';
import { PostgresJournal } from '../../journal/adapters/postgres-journal.js';
import { PostgresLoggedModelRepository } from '../../logged-models/adapters/postgres-logged-model.repository.js';
import { PostgresModelVersionRepository } from '../../models/adapters/postgres-model-version.repository.js';
import { PostgresRegisteredModelRepository } from '../../models/adapters/postgres-registered-model.repository.js';
import { PostgresRunRecordRepository } from '../../runs/adapters/postgres-run-record.repository.js';
import { PostgresRunRepository } from '../../runs/adapters/postgres-run.repository.js';
import { RegistryStore, type RegistryUnit } from '../registry-store.port.js';
import { ConcurrencyLimit } from './concurrency-limit.js';
import { fromPostgres, isUndoneForAnother } from './sql/postgres-errors.js';

/** Maximum number of repeats of a transaction after a deadlock or serialisation failure. */
const MAX_REPEATS = 3;
const MAX_WAITING_READS = 1_000;

/**
 * The registry in Postgres. A write is one transaction at READ COMMITTED; every change of an experiment, run, logged
 * model or registered model first locks its row, and the victim of a deadlock is repeated. Reads use only a part of the
 * connections, so that slow searches do not delay writes.
 */
export class PostgresRegistryStore extends RegistryStore {
  private readonly reads: ConcurrencyLimit;

  /** @param maxReads maximum number of concurrent reads; less than the pool's number of connections */
  constructor(
    private readonly dataSource: DataSource,
    maxReads: number,
  ) {
    super();
    this.reads = new ConcurrencyLimit(maxReads, MAX_WAITING_READS);
  }

  override async read<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T> {
    try {
      return await this.reads.run(() => work(unitOver(this.dataSource.manager)));
    } catch (thrown) {
      throw fromPostgres(thrown);
    }
  }

  override async write<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T> {
    for (let repeats = 0; ; repeats++) {
      try {
        return await this.dataSource.transaction((manager) => work(unitOver(manager)));
      } catch (thrown) {
        if (!isUndoneForAnother(thrown) || repeats >= MAX_REPEATS) throw fromPostgres(thrown);
      }
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
