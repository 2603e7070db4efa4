import type { DataSource } from 'typeorm';
import { fromPostgres } from '../../storage/adapters/postgres-errors.js';
import { PostgresJournal } from '../../journal/adapters/postgres-journal.js';
import { RegistryClock } from '../../storage/registry-clock.js';
import { ArtifactLedger } from '../artifact-ledger.port.js';
import type { StoredArtifact } from '../artifact-store.port.js';

interface DigestRow {
  readonly path: string;
  readonly sha256: string;
  readonly size_bytes: string;
}

/** Digests in the table `artifact_digests`; the row of a path is its lock. */
export class PostgresArtifactLedger extends ArtifactLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: RegistryClock,
  ) {
    super();
  }

  override async record(stored: StoredArtifact, actor: string, publish: () => Promise<void>): Promise<void> {
    await this.dataSource
      .transaction(async (manager) => {
        await manager.query(
          `INSERT INTO artifact_digests (path, sha256, size_bytes, stored_by, stored_at_ms) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes,
             stored_by = excluded.stored_by, stored_at_ms = excluded.stored_at_ms`,
          [stored.path, stored.sha256, stored.sizeBytes, actor, this.clock.nowMs()],
        );
        await publish();
      })
      .catch(rethrow);
  }

  override async find(path: string): Promise<StoredArtifact | undefined> {
    const rows: DigestRow[] = await this.dataSource
      .query(`SELECT path, sha256, size_bytes FROM artifact_digests WHERE path = $1`, [path])
      .catch(rethrow);
    const [row] = rows;
    return row && { path: row.path, sha256: row.sha256, sizeBytes: Number(row.size_bytes) };
  }

  override async forget(path: string, actor: string): Promise<void> {
    await this.dataSource
      .transaction(async (manager) => {
        await manager.query(`DELETE FROM artifact_digests WHERE path = $1 OR starts_with(path, $1 || '/')`, [path]);
        const atMs = this.clock.nowMs();
        const entry = { actor, action: 'deleted', subjectKind: 'artifact', subject: path, detail: {}, atMs } as const;
        await new PostgresJournal(manager).audit(entry);
      })
      .catch(rethrow);
  }
}

function rethrow(thrown: unknown): never {
  throw fromPostgres(thrown);
}
