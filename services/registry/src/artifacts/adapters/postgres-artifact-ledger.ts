import { AppError } from '@fraudflow/core';
import type { DataSource, EntityManager } from 'typeorm';
import { fromPostgres } from '../../storage/adapters/sql/postgres-errors.js';
import { PostgresJournal } from '../../journal/adapters/postgres-journal.js';
import { RegistryClock } from '../../storage/registry-clock.js';
import { ArtifactLedger } from '../artifact-ledger.port.js';
import type { StoredArtifact } from '../artifact-store.port.js';
import { type FreezingVersion, lockArtifacts, versionFreezingFile, versionFreezingTree } from './frozen-artifacts.js';

interface DigestRow {
  readonly sha256: string;
  readonly file_id: string | null;
  readonly incoming_sha256: string | null;
  readonly incoming_file_id: string | null;
}

/** Digests in the table `artifact_digests`. The row of a path serves as its lock. */
export class PostgresArtifactLedger extends ArtifactLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: RegistryClock,
  ) {
    super();
  }

  override async record(stored: StoredArtifact, actor: string, publish: () => Promise<void>): Promise<void> {
    try {
      const isNew = await this.dataSource.transaction((manager) => this.noteIncoming(manager, stored, actor));
      if (isNew) await this.dataSource.transaction((manager) => this.publishAndNote(manager, stored, actor, publish));
    } catch (thrown) {
      throw fromPostgres(thrown);
    }
  }

  override async digestOf(path: string, fileId: string): Promise<string | undefined> {
    const rows: DigestRow[] = await this.dataSource
      .query(`SELECT sha256, file_id, incoming_sha256, incoming_file_id FROM artifact_digests WHERE path = $1`, [path])
      .catch(rethrow);
    const [row] = rows;
    if (row && (row.file_id === fileId || isFromBeforeFileIds(row))) return row.sha256;
    // The process ended after it had published the file and before it recorded it.
    if (row?.incoming_file_id === fileId) return row.incoming_sha256 ?? undefined;
    return undefined;
  }

  override async forget(path: string, actor: string, remove: () => Promise<void>): Promise<void> {
    await this.dataSource
      .transaction(async (manager) => {
        await lockArtifacts(manager, 'shared');
        const version = await versionFreezingTree(manager, path);
        if (version) throw frozen(path, version);
        await manager.query(
          `DELETE FROM artifact_digests WHERE path = $1 OR (path COLLATE "C" > $1 || '/' AND path COLLATE "C" < $1 || '0')`,
          [path],
        );
        const atMs = this.clock.nowMs();
        const entry = { actor, action: 'deleted', subjectKind: 'artifact', subject: path, detail: {}, atMs } as const;
        await new PostgresJournal(manager).audit(entry);
        await remove();
      })
      .catch(rethrow);
  }

  /**
   * Records the digest of a file before it is published. A new path has no published digest yet.
   * @returns false if the same bytes are already stored and frozen: the upload has no effect then
   */
  private async noteIncoming(manager: EntityManager, stored: StoredArtifact, actor: string): Promise<boolean> {
    if (await isFrozenAsIs(manager, stored)) return false;
    const { path, sha256, sizeBytes, fileId } = stored;
    await manager.query(
      `INSERT INTO artifact_digests
         (path, sha256, size_bytes, stored_by, stored_at_ms, incoming_sha256, incoming_size_bytes, incoming_file_id)
       VALUES ($1, $2, $3, $4, $5, $2, $3, $6)
       ON CONFLICT (path) DO UPDATE SET incoming_sha256 = excluded.incoming_sha256,
         incoming_size_bytes = excluded.incoming_size_bytes, incoming_file_id = excluded.incoming_file_id`,
      [path, sha256, sizeBytes, actor, this.clock.nowMs(), fileId],
    );
    return true;
  }

  private async publishAndNote(
    manager: EntityManager,
    stored: StoredArtifact,
    actor: string,
    publish: () => Promise<void>,
  ): Promise<void> {
    const { path, sha256, sizeBytes, fileId } = stored;
    // A version may have been created since the first check.
    if (await isFrozenAsIs(manager, stored)) return;
    await publish();
    await manager.query(
      `INSERT INTO artifact_digests (path, sha256, size_bytes, stored_by, stored_at_ms, file_id)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes,
         stored_by = excluded.stored_by, stored_at_ms = excluded.stored_at_ms, file_id = excluded.file_id,
         incoming_sha256 = NULL, incoming_size_bytes = NULL, incoming_file_id = NULL`,
      [path, sha256, sizeBytes, actor, this.clock.nowMs(), fileId],
    );
  }
}

/**
 * Takes the locks that a change of the file needs.
 * @returns true if the file is frozen with these bytes
 * @throws AppError permission_denied if it is frozen with other bytes
 */
async function isFrozenAsIs(manager: EntityManager, { path, sha256 }: StoredArtifact): Promise<boolean> {
  await lockArtifacts(manager, 'shared');
  const rows: DigestRow[] = await manager.query(
    `SELECT sha256, file_id, incoming_sha256, incoming_file_id FROM artifact_digests WHERE path = $1 FOR UPDATE`,
    [path],
  );
  const version = await versionFreezingFile(manager, path);
  if (!version) return false;
  const [row] = rows;
  if (row && row.sha256 === sha256 && (row.file_id !== null || isFromBeforeFileIds(row))) return true;
  throw frozen(path, version);
}

function isFromBeforeFileIds({ file_id, incoming_file_id }: DigestRow): boolean {
  return file_id === null && incoming_file_id === null;
}

function frozen(path: string, { name, version }: FreezingVersion): Error {
  return new AppError(
    'permission_denied',
    `'${path}' belongs to version ${version} of registered model '${name}' and cannot be changed or deleted. ` +
      'Log the new files to another path and register a new version, or delete the version first.',
    { code: 'ARTIFACT_FROZEN' },
  );
}

function rethrow(thrown: unknown): never {
  throw fromPostgres(thrown);
}
