import type { Readable } from 'node:stream';
import type { ArtifactPath } from '../validation/artifact-path.js';

export interface StoredArtifact {
  readonly path: string;
  /** Hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Identifies these bytes in the store; every upload gets a different one, also to the same path. */
  readonly fileId: string;
}

export interface ArtifactEntry {
  /** The last segment of the path. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | undefined;
}

/** An opened file. Its members describe the same bytes, also if the path is overwritten while it is open. */
export interface ArtifactContent {
  readonly sizeBytes: number;
  readonly fileId: string;
  /** Reads the bytes. The stream closes the file at its end, and when it is destroyed. */
  readonly stream: () => Readable;
  /** Closes the file without reading it. */
  readonly close: () => Promise<void>;
}

/** Stores the files of runs and models. */
export abstract class ArtifactStore {
  /**
   * Stores a file and replaces an earlier one atomically: a reader gets the old or the new file as a whole. An aborted
   * upload changes nothing.
   * @param accept called with the received file before it is visible; an error of it cancels the upload
   * @throws AppError invalid_input if the path is a folder, if a parent of it is a file, or if the content exceeds the
   * size limit; timeout if no bytes arrive for too long; resource_exhausted if the disk is full
   */
  abstract put(
    path: ArtifactPath,
    content: Readable,
    accept: (stored: StoredArtifact, publish: () => Promise<void>) => Promise<void>,
  ): Promise<StoredArtifact>;

  /** @throws AppError not_found; invalid_input for a folder */
  abstract open(path: ArtifactPath): Promise<ArtifactContent>;

  /** Entries of a folder, ordered by name. A file or a path that does not exist has none. */
  abstract list(path: ArtifactPath): Promise<readonly ArtifactEntry[]>;

  /** Removes a file, or a folder with its contents. Removing a path that does not exist is not an error. */
  abstract remove(path: ArtifactPath): Promise<void>;
}
