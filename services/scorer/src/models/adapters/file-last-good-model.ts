import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LastGoodModel } from '../last-good-model.port.js';
import type { ModelArtifact } from '../model-artifact.js';

const POINTER = 'last-good.json';
const LOADS = 'loads.json';
/** Largest number of unfinished loads kept; the oldest are dropped. */
const MAX_LOADS = 20;
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

const pointerSchema = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  scoring_json: z.string().optional(),
});
const loadsSchema = z.array(z.tuple([z.string(), z.number().int().nonnegative()]));

/**
 * Stores the last good model in a folder: `last-good.json`, the file `<sha256>.onnx` that it names, and `loads.json`
 * with the unfinished loads. A file is replaced by an atomic rename, so a crash leaves the previous file. At most one
 * process may use a folder.
 */
export class FileLastGoodModel extends LastGoodModel {
  constructor(private readonly folder: string) {
    super();
  }

  override async read(): Promise<ModelArtifact | undefined> {
    const pointer = pointerSchema.safeParse(await this.json(POINTER));
    if (!pointer.success) return undefined;
    const { name, version, digest, scoring_json: scoringJson } = pointer.data;
    const onnx = await this.bytes(`${digest}.onnx`);
    if (!onnx || sha256(onnx) !== digest) return undefined;
    return { name, version, onnx, ...(scoringJson === undefined ? {} : { scoringJson }) };
  }

  override async keep({ name, version, onnx, scoringJson }: ModelArtifact): Promise<void> {
    const digest = sha256(onnx);
    await this.replace(`${digest}.onnx`, onnx);
    await this.replace(POINTER, JSON.stringify({ name, version, digest, scoring_json: scoringJson }));
    const files = await readdir(this.folder);
    const former = files.filter((file) => file.endsWith('.onnx') && file !== `${digest}.onnx`);
    await Promise.all(former.map((file) => rm(join(this.folder, file), { force: true })));
  }

  override async loadBegins(digest: string): Promise<number> {
    const loads = await this.loads();
    const before = loads.get(digest) ?? 0;
    loads.delete(digest);
    await this.writeLoads([...loads, [digest, before + 1] as const].slice(-MAX_LOADS));
    return before;
  }

  override async loadEnds(digest: string): Promise<void> {
    const loads = await this.loads();
    if (loads.delete(digest)) await this.writeLoads([...loads]);
  }

  private async loads(): Promise<Map<string, number>> {
    const parsed = loadsSchema.safeParse(await this.json(LOADS));
    return new Map(parsed.success ? parsed.data : []);
  }

  private writeLoads(loads: readonly (readonly [string, number])[]): Promise<void> {
    return this.replace(LOADS, JSON.stringify(loads));
  }

  private async replace(name: string, content: Uint8Array | string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const made = join(this.folder, `${name}.tmp`);
    const file = await open(made, 'w', OWNER_ONLY_FILE);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(made, join(this.folder, name));
  }

  /** The parsed JSON of a file; undefined if the file is missing or is not JSON. */
  private async json(name: string): Promise<unknown> {
    const bytes = await this.bytes(name);
    if (!bytes) return undefined;
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch {
      return undefined;
    }
  }

  private async bytes(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.folder, name));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw thrown;
    }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
