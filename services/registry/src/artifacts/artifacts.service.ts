import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { invalidInput, notFound } from '@fraudflow/core';
import { ArtifactLedger } from './artifact-ledger.port.js';
import { type ArtifactPath, parseArtifactPath } from '../validation/artifact-path.js';
import { type ArtifactEntry, ArtifactStore, type StoredArtifact } from './artifact-store.port.js';

export interface ArtifactDownload {
  readonly path: string;
  readonly sizeBytes: number;
  readonly stream: Readable;
  /** Hexadecimal SHA-256, recorded at the upload; undefined for a file that no upload wrote. */
  readonly sha256: string | undefined;
}

@Injectable()
export class ArtifactsService {
  constructor(
    private readonly store: ArtifactStore,
    private readonly ledger: ArtifactLedger,
  ) {}

  /**
   * Stores a file and records its digest.
   * @throws AppError permission_denied for a file that belongs to a registered version
   */
  upload(encodedPath: string, content: Readable, actor: string): Promise<StoredArtifact> {
    return this.uploadTo(parseArtifactPath(encodedPath), content, actor);
  }

  uploadTo(path: ArtifactPath, content: Readable, actor: string): Promise<StoredArtifact> {
    return this.store.put(path, content, (stored, publish) => this.ledger.record(stored, actor, publish));
  }

  /** The caller must read or destroy the stream. @throws AppError not_found; invalid_input for a folder */
  async download(encodedPath: string): Promise<ArtifactDownload> {
    return this.downloadFrom(parseArtifactPath(encodedPath));
  }

  async downloadFrom(path: ArtifactPath): Promise<ArtifactDownload> {
    if (path === '') throw notFound('No such artifact: a file needs a name');
    const content = await this.store.open(path);
    try {
      const sha256 = await this.ledger.digestOf(path, content.fileId);
      return { path, sizeBytes: content.sizeBytes, stream: content.stream(), sha256 };
    } catch (thrown) {
      await content.close();
      throw thrown;
    }
  }

  async list(encodedPath: string): Promise<readonly ArtifactEntry[]> {
    return this.listAt(parseArtifactPath(encodedPath));
  }

  listAt(path: ArtifactPath): Promise<readonly ArtifactEntry[]> {
    return this.store.list(path);
  }

  /** @throws AppError permission_denied if a registered version freezes any of these files */
  async remove(encodedPath: string, actor: string): Promise<void> {
    const path = parseArtifactPath(encodedPath);
    if (path === '') throw invalidInput('Invalid path: the root cannot be deleted');
    await this.ledger.forget(path, actor, () => this.store.remove(path));
  }
}
