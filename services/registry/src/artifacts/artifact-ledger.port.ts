import type { StoredArtifact } from './artifact-store.port.js';

/** Remembers the digest of every stored file, so that damage can be found later. */
export abstract class ArtifactLedger {
  /**
   * Notes a file and runs `publish` while nobody else can note the same path, so that the last note and the last file agree.
   * If `publish` throws, nothing is noted.
   */
  abstract record(stored: StoredArtifact, actor: string, publish: () => Promise<void>): Promise<void>;

  abstract find(path: string): Promise<StoredArtifact | undefined>;

  /** Forgets a file, or all files below a folder, and writes who removed them to the audit trail. */
  abstract forget(path: string, actor: string): Promise<void>;
}
