import type { StoredArtifact } from './artifact-store.port.js';

/**
 * Remembers the digest of every stored file, so that damage can be found later, and which files may not change any
 * more.
 */
export abstract class ArtifactLedger {
  /**
   * Notes a file and runs `publish` while nobody else can note the same path, so that the last note and the last file
   * agree. If `publish` throws, the old note stays; after a crash between the two, `find` still gives the digest of the
   * bytes in place. A file that a registered version froze is not replaced: with the same bytes nothing happens, so
   * that a repeated upload succeeds.
   * @throws AppError permission_denied for other bytes in place of a frozen file, or a new file in a frozen folder.
   */
  abstract record(stored: StoredArtifact, actor: string, publish: () => Promise<void>): Promise<void>;

  /**
   * The digest of the bytes of an opened file.
   * @param fileId identifies the opened file (ArtifactContent.fileId).
   * @returns undefined if no noted upload wrote this very file.
   */
  abstract digestOf(path: string, fileId: string): Promise<string | undefined>;

  /**
   * Runs `remove` and forgets a file, or all files below a folder, and writes who removed them to the audit trail.
   * @throws AppError permission_denied if a registered version needs any of it.
   */
  abstract forget(path: string, actor: string, remove: () => Promise<void>): Promise<void>;
}
