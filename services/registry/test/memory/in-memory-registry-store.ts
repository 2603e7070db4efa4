import { InMemoryExperimentRepository } from './in-memory-experiment.repository.js';
import { InMemoryJournal } from './in-memory-journal.js';
import { InMemoryLoggedModelRepository } from './in-memory-logged-model.repository.js';
import { InMemoryModelVersionRepository } from './in-memory-model-version.repository.js';
import { InMemoryRegisteredModelRepository } from './in-memory-registered-model.repository.js';
import { InMemoryRunRecordRepository } from './in-memory-run-record.repository.js';
import { InMemoryRunRepository } from './in-memory-run.repository.js';
import { RegistryStore, type RegistryUnit } from '../../src/storage/registry-store.port.js';
import { copyTables, emptyTables, type MemoryTables } from './memory-tables.js';

/** A registry store in memory, for tests and as the reference of the Postgres store. It serialises writes. */
export class InMemoryRegistryStore extends RegistryStore {
  private tables: MemoryTables;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(nowMs = 0) {
    super();
    this.tables = emptyTables(nowMs);
  }

  /** Events published so far, oldest first. */
  get announced(): MemoryTables['outbox'] {
    return this.tables.outbox;
  }

  override read<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T> {
    return work(unitOver(this.tables));
  }

  override write<T>(work: (unit: RegistryUnit) => Promise<T>): Promise<T> {
    const result = this.turn.then(async () => {
      const draft = copyTables(this.tables);
      const value = await work(unitOver(draft));
      this.tables = draft;
      return value;
    });
    this.turn = result.catch(() => undefined);
    return result;
  }
}

function unitOver(tables: MemoryTables): RegistryUnit {
  return {
    experiments: new InMemoryExperimentRepository(tables),
    runs: new InMemoryRunRepository(tables),
    runRecords: new InMemoryRunRecordRepository(tables),
    loggedModels: new InMemoryLoggedModelRepository(tables),
    registeredModels: new InMemoryRegisteredModelRepository(tables),
    modelVersions: new InMemoryModelVersionRepository(tables),
    journal: new InMemoryJournal(tables),
  };
}
