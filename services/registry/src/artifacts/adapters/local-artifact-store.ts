import { randomUUID } from 'node:crypto';
import type { BigIntStats, Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError, asError, type ErrorOptions, invalidInput, notFound } from '@fraudflow/core';
import type { ArtifactPath } from '../../validation/artifact-path.js';
import {
  type ArtifactContent,
  type ArtifactEntry,
  ArtifactStore,
  type StoredArtifact,
} from '../artifact-store.port.js';
import { receiveUpload, type UploadLimits } from '../../uploads/receive-upload.js';

/**
 * Age of a temporary file after which its process is dead: an upload without bytes for UploadLimits.idleTimeoutMs is
 * aborted much earlier.
 */
const STALE_MS = 24 * 3_600_000;

/** Files in a local folder: `files/` contains stored files, `incoming/` contains uploads that are not complete. */
export class LocalArtifactStore extends ArtifactStore {
  private constructor(
    private readonly files: string,
    private readonly incoming: string,
    private readonly limits: UploadLimits,
  ) {
    super();
  }

  /**
   * Opens the folder, creates it if necessary, and removes incomplete uploads of dead processes. Several processes may
   * use one folder.
   */
  static async open(folder: string, limits: UploadLimits): Promise<LocalArtifactStore> {
    const store = new LocalArtifactStore(join(folder, 'files'), join(folder, 'incoming'), limits);
    await mkdir(store.files, { recursive: true });
    await mkdir(store.incoming, { recursive: true });
    await removeStale(store.incoming, Date.now() - STALE_MS);
    return store;
  }

  override async put(
    path: ArtifactPath,
    content: Readable,
    accept: (stored: StoredArtifact, publish: () => Promise<void>) => Promise<void>,
  ): Promise<StoredArtifact> {
    if (path === '') throw invalidInput('Invalid path: a file needs a name');
    const temporary = join(this.incoming, randomUUID());
    try {
      const received = await receiveUpload(content, temporary, this.limits);
      const stored = { path, ...received, fileId: fileIdOf(await stat(temporary, { bigint: true })) };
      await accept(stored, () => this.publish(temporary, path));
      return stored;
    } catch (thrown) {
      throw fromFileSystem(thrown);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  override async open(path: ArtifactPath): Promise<ArtifactContent> {
    const file = await open(this.locate(path), 'r').catch((thrown: unknown) => {
      if (isAbsent(thrown)) throw notFound(`No such artifact: '${path}'`);
      throw fromFileSystem(thrown);
    });
    try {
      const found = await file.stat({ bigint: true });
      if (found.isDirectory()) throw invalidInput(`The artifact '${path}' is a directory, not a file`);
      return {
        sizeBytes: Number(found.size),
        fileId: fileIdOf(found),
        stream: () => file.createReadStream(),
        close: () => file.close(),
      };
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  override async list(path: ArtifactPath): Promise<readonly ArtifactEntry[]> {
    const folder = await this.statOf(path);
    if (!folder?.isDirectory()) return [];
    const names = (await readdir(this.locate(path))).toSorted();
    const entries = await Promise.all(names.map((name) => this.entry(path, name)));
    return entries.filter((entry) => entry !== undefined);
  }

  override async remove(path: ArtifactPath): Promise<void> {
    if (path === '') throw invalidInput('Invalid path: the root cannot be deleted');
    await rm(this.locate(path), { recursive: true, force: true }).catch((thrown: unknown) => {
      if (codeOf(thrown) !== 'ENOTDIR') throw thrown;
    });
  }

  private async publish(temporary: string, path: ArtifactPath): Promise<void> {
    const target = this.locate(path);
    try {
      const firstMade = await mkdir(dirname(target), { recursive: true });
      await rename(temporary, target);
      await syncFolders(dirname(target), firstMade === undefined ? dirname(target) : dirname(firstMade));
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code !== undefined && ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG'].includes(code)) {
        throw invalidInput(`Invalid path: '${path}' collides with a stored file or folder`, { cause: thrown });
      }
      throw thrown;
    }
  }

  private async entry(folder: ArtifactPath, name: string): Promise<ArtifactEntry | undefined> {
    const found = await this.statOf(folder === '' ? name : `${folder}/${name}`);
    if (!found) return undefined;
    return { name, isFolder: found.isDirectory(), sizeBytes: found.isDirectory() ? undefined : found.size };
  }

  private async statOf(path: string): Promise<Stats | undefined> {
    try {
      return await stat(this.locate(path));
    } catch (thrown) {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    }
  }

  private locate(path: string): string {
    return join(this.files, path);
  }
}

/** Identifies the bytes of a file: a rename keeps the id, and every write changes it. */
function fileIdOf({ ino, mtimeNs }: BigIntStats): string {
  return `${ino}:${mtimeNs}`;
}

async function removeStale(folder: string, untilMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    // Another process may complete and remove it at this moment.
    const found = await stat(file).catch(() => undefined);
    if (found && found.mtimeMs < untilMs) await rm(file, { recursive: true, force: true });
  }
}

/** Makes the entries of a folder, and of its parents up to `last`, durable against a power failure. */
async function syncFolders(first: string, last: string): Promise<void> {
  for (let folder = first; ; folder = dirname(folder)) {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
    if (folder === last || folder === dirname(folder)) return;
  }
}

function fromFileSystem(thrown: unknown): unknown {
  const code = codeOf(thrown);
  const options: ErrorOptions = { code: 'STORAGE_FULL', cause: thrown };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('resource_exhausted', 'The artifact store is full: free or add disk space', options);
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new AppError('unavailable', 'The artifact store has too many open files', { cause: thrown });
  }
  return thrown;
}

function isAbsent(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(thrown) ?? '');
}

function codeOf(thrown: unknown): string | undefined {
  const error = asError(thrown);
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
