import type { StoredArtifact } from './artifact-store.port.js';

/**
 * Records the digest of every stored file, so that damage can be detected, and the files that are frozen.
 */
export abstract class ArtifactLedger {
  /**
   * Records a file and runs `publish` under a lock of its path, so that the last record and the last file agree. If
   * `publish` throws, the old record is kept; after a crash between the two, `digestOf` still returns the digest of the
   * stored bytes. A file that a registered version froze is not replaced: an upload of the same bytes has no effect, so
   * that a repeated upload succeeds.
   * @throws AppError permission_denied for other bytes at the path of a frozen file, or a new file in a frozen folder
   */
  abstract record(stored: StoredArtifact, actor: string, publish: () => Promise<void>): Promise<void>;

  /**
   * The digest of the bytes of an opened file.
   * @param fileId identifies the opened file (ArtifactContent.fileId)
   * @returns undefined if no recorded upload wrote exactly this file
   */
  abstract digestOf(path: string, fileId: string): Promise<string | undefined>;

  /**
   * Runs `remove`, deletes the records of a file, or of all files below a folder, and adds the removal to the audit
   * log.
   * @throws AppError permission_denied if a registered version freezes any of these files
   */
  abstract forget(path: string, actor: string, remove: () => Promise<void>): Promise<void>;
}
