import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nativePlatform, OPENMP_FILE } from './native-platform.js';
import { XgboostTrainer } from './xgboost-trainer.js';

const { key, xgboostFile } = nativePlatform();
const native = fileURLToPath(new URL(`../../../../../.fraudflow/native/${key}`, import.meta.url));
const hasBoth = existsSync(join(native, xgboostFile)) && existsSync(join(native, OPENMP_FILE));

describe.skipIf(!hasBoth)('without a system OpenMP runtime (else skipped: set-up extracts both libraries)', () => {
  let folder: string;

  /** Copies that call the runtime libgomp.so.7, a name no system has, so the machine's own cannot help. */
  async function renamed(file: string): Promise<void> {
    const text = (await readFile(join(native, file))).toString('latin1');
    await writeFile(join(folder, file), text.replaceAll('libgomp.so.1', 'libgomp.so.7'), 'latin1');
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fraudflow-openmp-'));
    await Promise.all([renamed(xgboostFile), renamed(OPENMP_FILE)]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const data = { rows: Float32Array.of(1, 2, 3, 4), labels: Float32Array.of(0, 0, 1, 1) };

  test('the error names the package, and an extracted runtime makes it work', async () => {
    const bare = new XgboostTrainer({ path: join(folder, xgboostFile) });
    const helped = new XgboostTrainer({ path: join(folder, xgboostFile), openMpPath: join(folder, OPENMP_FILE) });
    const options = { features: 1, rounds: 2, seed: 1 };

    await expect(bare.train(data, options)).rejects.toThrow(/libgomp1/);
    await expect(helped.train(data, options)).resolves.toHaveProperty('modelJson');
  });
});
