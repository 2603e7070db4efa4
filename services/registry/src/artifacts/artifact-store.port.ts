import type { Readable } from 'node:stream';
import type { ArtifactPath } from '../validation/artifact-path.js';

export interface StoredArtifact {
  readonly path: string;
  /** Hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Identifies these bytes in the store; another upload to the same path has another one. */
  readonly fileId: string;
}

export interface ArtifactEntry {
  /** Last segment only. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | undefined;
}

/** An opened file. All parts are of the same bytes, also if the path is overwritten meanwhile. */
export interface ArtifactContent {
  readonly sizeBytes: number;
  readonly fileId: string;
  /** Reads the bytes; closes the file at its end, and when it is destroyed. */
  readonly stream: () => Readable;
  /** Closes the file without reading it. */
  readonly close: () => Promise<void>;
}

/** Keeps the files of runs and models. */
export abstract class ArtifactStore {
  /**
   * Stores a file in place of any earlier one. A reader sees the old or the new file, never a part of either; an upload
   * that breaks off changes nothing.
   * @param accept called with what was received before it becomes visible; whatever it throws undoes the upload.
   * @throws AppError invalid_input if a folder has that name or a file lies on the way, or for more bytes than the
   * store takes; timeout if no bytes come for too long; resource_exhausted if the disk is full.
   */
  abstract put(
    path: ArtifactPath,
    content: Readable,
    accept: (stored: StoredArtifact, publish: () => Promise<void>) => Promise<void>,
  ): Promise<StoredArtifact>;

  /** @throws AppError not_found; invalid_input for a folder. */
  abstract open(path: ArtifactPath): Promise<ArtifactContent>;

  /** Entries of a folder by name. A file, or what does not exist, has none. */
  abstract list(path: ArtifactPath): Promise<readonly ArtifactEntry[]>;

  /** Removes a file or a whole folder; what does not exist is gone already. */
  abstract remove(path: ArtifactPath): Promise<void>;
}
