import type { EntityManager } from 'typeorm';

/** A version that freezes a file or folder. */
export interface FreezingVersion {
  readonly name: string;
  readonly version: number;
}

/**
 * Excludes changes of artifacts and the creation of versions from each other until the transaction ends: uploads and
 * deletions take the lock as shared, a version that freezes files takes it as exclusive.
 */
export async function lockArtifacts(manager: EntityManager, mode: 'shared' | 'exclusive'): Promise<void> {
  const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await manager.query(`SELECT ${lock}(hashtext(current_schema() || '.artifacts'))`);
}

/** A version that forbids new content of this file: the file or a folder above it is frozen. */
export async function versionFreezingFile(manager: EntityManager, path: string): Promise<FreezingVersion | undefined> {
  const rows: FreezingVersion[] = await manager.query(
    `(SELECT name, version FROM model_version_files WHERE path COLLATE "C" = $1 LIMIT 1)
     UNION ALL
     (SELECT name, version FROM model_versions WHERE frozen_folder COLLATE "C" = ANY($2) LIMIT 1)`,
    [path, withAncestors(path)],
  );
  return rows[0];
}

/** A version that forbids the deletion of this path: the path, a folder above it or a file below it is frozen. */
export async function versionFreezingTree(manager: EntityManager, path: string): Promise<FreezingVersion | undefined> {
  const inside = (column: string): string =>
    `(${column} COLLATE "C" > $1 || '/' AND ${column} COLLATE "C" < $1 || '0')`;
  const rows: FreezingVersion[] = await manager.query(
    `(SELECT name, version FROM model_version_files WHERE path COLLATE "C" = $1 OR ${inside('path')} LIMIT 1)
     UNION ALL
     (SELECT name, version FROM model_versions
      WHERE frozen_folder IS NOT NULL AND (frozen_folder COLLATE "C" = ANY($2) OR ${inside('frozen_folder')}) LIMIT 1)`,
    [path, withAncestors(path)],
  );
  return rows[0];
}

/** `a/b/c` as `a`, `a/b` and `a/b/c`. */
function withAncestors(path: string): readonly string[] {
  const segments = path.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}
