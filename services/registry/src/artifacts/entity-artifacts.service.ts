import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { failedPrecondition, invalidInput } from '@fraudflow/core';
import { requireLoggedModel } from '../logged-models/logged-models.service.js';
import { requireModelVersion } from '../models/require-model-version.js';
import { requireActiveRun, requireRunInfo } from '../runs/runs.service.js';
import { RegistryStore } from '../storage/registry-store.port.js';
import { type ArtifactPath, parseArtifactPath } from '../validation/artifact-path.js';
import type { ArtifactEntry } from './artifact-store.port.js';
import { ownArtifactPath } from '../validation/artifact-uri.js';
import { type ArtifactDownload, ArtifactsService } from './artifacts.service.js';

export interface ArtifactListing {
  readonly rootUri: string;
  /** Files and folders with paths relative to the root. */
  readonly files: readonly (ArtifactEntry & { readonly path: string })[];
}

/**
 * Artifacts by their run, logged model or version. Only locations in this server's store are opened; no file is fetched
 * from elsewhere.
 */
@Injectable()
export class EntityArtifactsService {
  constructor(
    private readonly store: RegistryStore,
    private readonly artifacts: ArtifactsService,
  ) {}

  async listOfRun(runId: string, path: string): Promise<ArtifactListing> {
    const below = relativePath(path);
    const { artifactUri } = await this.store.read((unit) => requireRunInfo(unit, runId));
    return this.list(artifactUri, below);
  }

  async listOfLoggedModel(modelId: string, path: string): Promise<ArtifactListing> {
    const below = relativePath(path);
    const { artifactUri } = await this.store.read((unit) => requireLoggedModel(unit, modelId));
    return this.list(artifactUri, below);
  }

  async openOfRun(runId: string, path: string): Promise<ArtifactDownload> {
    const below = relativePath(path);
    const { artifactUri } = await this.store.read((unit) => requireRunInfo(unit, runId));
    return this.artifacts.downloadFrom(locate(artifactUri, below));
  }

  async openOfLoggedModel(modelId: string, path: string): Promise<ArtifactDownload> {
    const below = relativePath(path);
    const { artifactUri } = await this.store.read((unit) => requireLoggedModel(unit, modelId));
    return this.artifacts.downloadFrom(locate(artifactUri, below));
  }

  async openOfVersion(name: string, version: number, path: string): Promise<ArtifactDownload> {
    const below = relativePath(path);
    const { storageLocation } = await this.store.read((unit) => requireModelVersion(unit, name, version));
    return this.artifacts.downloadFrom(locate(storageLocation, below));
  }

  /** Adds a file to an active run. @param read returns the content; called only if the path is valid */
  async upload(runId: string, path: string, read: () => Promise<Buffer>, actor: string): Promise<void> {
    const below = relativePath(path);
    const content = await read();
    const { artifactUri } = await this.store.write((unit) => requireActiveRun(unit, runId));
    await this.artifacts.uploadTo(locate(artifactUri, below), Readable.from([content]), actor);
  }

  private async list(rootUri: string, below: string): Promise<ArtifactListing> {
    const entries = await this.artifacts.listAt(locate(rootUri, below));
    return { rootUri, files: entries.map((entry) => ({ ...entry, path: posix.join(below, entry.name) })) };
  }
}

/** @throws AppError invalid_input with the message that clients compare */
function relativePath(path: string): string {
  try {
    return parseArtifactPath(encodeURIComponent(path === '.' ? '' : path));
  } catch (thrown) {
    throw invalidInput('Invalid path', { field: 'path', cause: thrown });
  }
}

/** @throws AppError failed_precondition for a location outside this server's store */
function locate(uri: string, below: string): ArtifactPath {
  const root = ownArtifactPath(uri);
  if (root !== undefined) return parseArtifactPath(encodeURIComponent(posix.join(root, below)));
  throw failedPrecondition(`The artifacts at '${uri}' are not in this server's store: read them from there`);
}
