import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { notFound } from '@fraudflow/core';
import { ArtifactLedger } from './artifact-ledger.port.js';
import { parseArtifactPath } from './artifact-path.js';
import { type ArtifactContent, type ArtifactEntry, ArtifactStore, type StoredArtifact } from './artifact-store.port.js';

export interface ArtifactDownload extends ArtifactContent {
  readonly path: string;
  /** Hexadecimal SHA-256 noted when the file came in; undefined for a file that did not come through this door. */
  readonly sha256: string | undefined;
}

@Injectable()
export class ArtifactsService {
  constructor(
    private readonly store: ArtifactStore,
    private readonly ledger: ArtifactLedger,
  ) {}

  /** Stores a file and notes its digest, both or neither. */
  upload(encodedPath: string, content: Readable, actor: string): Promise<StoredArtifact> {
    const path = parseArtifactPath(encodedPath);
    return this.store.put(path, content, (stored, publish) => this.ledger.record(stored, actor, publish));
  }

  async download(encodedPath: string): Promise<ArtifactDownload> {
    const path = parseArtifactPath(encodedPath);
    if (path === '') throw notFound('No such artifact: a file needs a name');
    const content = await this.store.open(path);
    const noted = await this.ledger.find(path);
    return { ...content, path, sha256: noted?.sha256 };
  }

  async list(encodedPath: string): Promise<readonly ArtifactEntry[]> {
    return this.store.list(parseArtifactPath(encodedPath));
  }

  async remove(encodedPath: string, actor: string): Promise<void> {
    const path = parseArtifactPath(encodedPath);
    await this.store.remove(path);
    await this.ledger.forget(path, actor);
  }
}
