import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anArtifact } from '../../../test/support/a-model.js';
import { MemoryLastGoodModel } from '../../../test/support/memory-last-good-model.js';
import { FileLastGoodModel } from './file-last-good-model.js';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'last-good-')), 'fraud_detector');
});
afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true, force: true });
});

describe.each([
  ['in files', () => new FileLastGoodModel(folder)],
  ['in memory', () => new MemoryLastGoodModel()],
])('the last good model %s', (_, open) => {
  test('is absent at first, then equals the model kept last', async () => {
    const store = open();
    expect(await store.read()).toBeUndefined();

    await store.keep(anArtifact({ version: '1' }));
    await store.keep(anArtifact({ version: '2', onnx: Buffer.from('other'), scoringJson: '{"threshold":0.5}' }));

    const read = await store.read();
    expect(read).toMatchObject({ name: 'fraud_detector', version: '2', scoringJson: '{"threshold":0.5}' });
    expect(Buffer.from(read?.onnx ?? []).toString()).toBe('other');
  });

  test('counts the unfinished loads of a file', async () => {
    const store = open();

    const counts = [await store.loadBegins('a'), await store.loadBegins('a'), await store.loadBegins('b')];
    await store.loadEnds('a');
    counts.push(await store.loadBegins('a'), await store.loadBegins('b'));

    expect(counts).toEqual([0, 1, 0, 0, 1]);
  });
});

test('a kept model is available to the next process and readable only by its owner', async () => {
  await new FileLastGoodModel(folder).keep(anArtifact());
  await new FileLastGoodModel(folder).loadBegins('a');

  expect((await new FileLastGoodModel(folder).read())?.version).toBe('1');
  expect(await new FileLastGoodModel(folder).loadBegins('a')).toBe(1);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const file of await readdir(folder)) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
});

test('a model file that was changed on disk is not returned', async () => {
  const store = new FileLastGoodModel(folder);
  await store.keep(anArtifact());
  const [onnx] = (await readdir(folder)).filter((file) => file.endsWith('.onnx'));

  await writeFile(join(folder, onnx ?? ''), 'changed');

  expect(await store.read()).toBeUndefined();
});

test('unreadable bookkeeping files count as absent', async () => {
  const store = new FileLastGoodModel(folder);
  await store.keep(anArtifact());
  for (const file of ['last-good.json', 'loads.json']) await writeFile(join(folder, file), '{"a":');

  expect(await store.read()).toBeUndefined();
  expect(await store.loadBegins('a')).toBe(0);
});
