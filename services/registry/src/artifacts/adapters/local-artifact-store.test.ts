import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalArtifactStore } from './local-artifact-store.js';
import { parseArtifactPath } from '../../validation/artifact-path.js';
import type { StoredArtifact } from '../artifact-store.port.js';

const LIMITS = { maxBytes: 1_000, idleTimeoutMs: 5_000 };
let folder: string;
let store: LocalArtifactStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
  store = await LocalArtifactStore.open(folder, LIMITS);
});

afterEach(() => rm(folder, { recursive: true }));

const path = parseArtifactPath;
const accept = (_: StoredArtifact, publish: () => Promise<void>): Promise<void> => publish();
const put = (name: string, content: string): Promise<StoredArtifact> =>
  store.put(path(name), Readable.from([Buffer.from(content)]), accept);
const read = async (name: string): Promise<string> => text((await store.open(path(name))).stream());

test('a stored file is read back unchanged, with its SHA-256', async () => {
  const stored = await put('a/b.txt', 'abc');

  expect(await read('a/b.txt')).toBe('abc');
  expect(stored).toMatchObject({
    path: 'a/b.txt',
    sizeBytes: 3,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  });
});

test('an aborted upload keeps the old file and leaves no temporary file', async () => {
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

test('a folder lists its entries by name; a file and an unknown path have none', async () => {
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

test('a file cannot replace a folder, nor a folder a file', async () => {
  await put('d/x', '1');

  await expect(put('d', '2')).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(put('d/x/y', '2')).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(store.open(path('d'))).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(put('', '2')).rejects.toMatchObject({ kind: 'invalid_input' });
});

test('a folder is removed with its contents, and a second removal has no effect', async () => {
  await put('d/x', '1');

  await store.remove(path('d'));
  await store.remove(path('d'));

  expect(await store.list(path(''))).toEqual([]);
  await expect(store.remove(path(''))).rejects.toMatchObject({ kind: 'invalid_input' });
});

test('an opened file is read completely, although it is replaced before', async () => {
  await put('a', 'old content');
  const opened = await store.open(path('a'));
  const stored = await put('a', 'new');

  expect(opened.sizeBytes).toBe(11);
  expect(await text(opened.stream())).toBe('old content');
  expect(opened.fileId).not.toBe(stored.fileId);
  const reopened = await store.open(path('a'));
  expect(reopened.fileId).toBe(stored.fileId);
  await reopened.close();
});

test('an upload larger than the limit is refused and leaves no temporary file', async () => {
  const content = Readable.from([Buffer.alloc(600), Buffer.alloc(600)]);

  await expect(store.put(path('a'), content, accept)).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' });

  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('an upload that sends no bytes for too long is aborted', async () => {
  const impatient = await LocalArtifactStore.open(folder, { ...LIMITS, idleTimeoutMs: 1 });
  const silent = new Readable({ read: () => undefined });

  await expect(impatient.put(path('a'), silent, accept)).rejects.toMatchObject({ code: 'UPLOAD_IDLE' });
});

test('a second process on the folder keeps running uploads and removes those of dead processes', async () => {
  const paused = new PassThrough();
  const upload = store.put(path('a'), paused, accept);
  paused.write('first ');
  await vi.waitFor(async () => expect(await readdir(join(folder, 'incoming'))).toHaveLength(1));
  await writeFile(join(folder, 'incoming', 'left'), '');
  await utimes(join(folder, 'incoming', 'left'), 0, 0);

  await LocalArtifactStore.open(folder, LIMITS);
  paused.end('second');
  await upload;

  expect(await read('a')).toBe('first second');
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('a full disk is reported as such', async () => {
  const full = (): Promise<never> => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));

  await expect(store.put(path('a'), Readable.from([]), full)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
});
