import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalArtifactStore } from './local-artifact-store.js';
import { parseArtifactPath } from '../artifact-path.js';
import type { StoredArtifact } from '../artifact-store.port.js';

let folder: string;
let store: LocalArtifactStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
  store = await LocalArtifactStore.open(folder);
});

afterEach(() => rm(folder, { recursive: true }));

const path = parseArtifactPath;
const accept = (_: StoredArtifact, publish: () => Promise<void>): Promise<void> => publish();
const put = (name: string, content: string): Promise<StoredArtifact> =>
  store.put(path(name), Readable.from([Buffer.from(content)]), accept);
const read = async (name: string): Promise<string> => text((await store.open(path(name))).stream);

test('a file comes back as it went in, with its SHA-256', async () => {
  const stored = await put('a/b.txt', 'abc');

  expect(await read('a/b.txt')).toBe('abc');
  expect(stored).toEqual({
    path: 'a/b.txt',
    sizeBytes: 3,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});

test('an upload that breaks off leaves the old file and no trace', async () => {
  await put('a', 'old');
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('new');
      throw new Error('the line went dead');
    })(),
  );

  await expect(store.put(path('a'), broken, accept)).rejects.toThrow('the line went dead');

  expect(await read('a')).toBe('old');
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('an upload that is not accepted changes nothing', async () => {
  const refuse = async (): Promise<void> => {
    throw new Error('ledger closed');
  };

  await expect(store.put(path('a'), Readable.from([]), refuse)).rejects.toThrow('ledger closed');

  await expect(store.open(path('a'))).rejects.toMatchObject({ kind: 'not_found' });
});

test('a folder lists its entries by name; a file and nothing list nothing', async () => {
  await put('d/z', '12');
  await put('d/sub/x', '');

  expect(await store.list(path('d'))).toEqual([
    { name: 'sub', isFolder: true, sizeBytes: undefined },
    { name: 'z', isFolder: false, sizeBytes: 2 },
  ]);
  expect(await store.list(path('d/z'))).toEqual([]);
  expect(await store.list(path('nowhere'))).toEqual([]);
  expect(await store.list(path('d/z/below'))).toEqual([]);
});

test('files and folders cannot take each other’s place', async () => {
  await put('d/x', '1');

  await expect(put('d', '2')).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(put('d/x/y', '2')).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(store.open(path('d'))).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(put('', '2')).rejects.toMatchObject({ kind: 'invalid_input' });
});

test('removing takes a whole folder, and nothing twice', async () => {
  await put('d/x', '1');

  await store.remove(path('d'));
  await store.remove(path('d'));

  expect(await store.list(path(''))).toEqual([]);
  await expect(store.remove(path(''))).rejects.toMatchObject({ kind: 'invalid_input' });
});
