import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asError, invalidInput, notFound } from '@fraudflow/core';
import type { ArtifactPath } from '../artifact-path.js';
import {
  type ArtifactContent,
  type ArtifactEntry,
  ArtifactStore,
  type StoredArtifact,
} from '../artifact-store.port.js';

/** Files in a local folder: `files/` holds what is stored, `incoming/` uploads that are not yet complete. */
export class LocalArtifactStore extends ArtifactStore {
  private constructor(
    private readonly files: string,
    private readonly incoming: string,
  ) {
    super();
  }

  /** Opens the folder, making it if need be, and clears what broken uploads of an earlier process left. */
  static async open(folder: string): Promise<LocalArtifactStore> {
    const store = new LocalArtifactStore(join(folder, 'files'), join(folder, 'incoming'));
    await rm(store.incoming, { recursive: true, force: true });
    await mkdir(store.files, { recursive: true });
    await mkdir(store.incoming, { recursive: true });
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
      const received = await receive(content, temporary);
      const stored = { path, ...received };
      await accept(stored, () => this.publish(temporary, path));
      return stored;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  override async open(path: ArtifactPath): Promise<ArtifactContent> {
    const file = await this.statOf(path);
    if (!file) throw notFound(`No such artifact: '${path}'`);
    if (file.isDirectory()) throw invalidInput(`The artifact '${path}' is a directory, not a file`);
    return { sizeBytes: file.size, stream: createReadStream(this.locate(path)) };
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
      await mkdir(dirname(target), { recursive: true });
      await rename(temporary, target);
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
      if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(thrown) ?? '')) return undefined;
      throw thrown;
    }
  }

  private locate(path: string): string {
    return join(this.files, path);
  }
}

/** Writes a stream to a file, through to the disk, measuring it on the way. */
async function receive(content: Readable, file: string): Promise<Omit<StoredArtifact, 'path'>> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(content, measure, createWriteStream(file));
  const handle = await open(file, 'r');
  await handle.sync().finally(() => handle.close());
  return { sha256: hash.digest('hex'), sizeBytes };
}

function codeOf(thrown: unknown): string | undefined {
  const error = asError(thrown);
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
