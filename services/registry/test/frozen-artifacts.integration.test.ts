import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunningTestRegistry, startTestRegistry } from './running-registry.js';

// Real: HTTP, Postgres, the artifact folder.
let registry: RunningTestRegistry;
let client: pg.Client;
let name: string;

beforeAll(async () => {
  registry = await startTestRegistry();
  client = new pg.Client({ connectionString: registry.postgres.url.reveal() });
  await client.connect();
  await client.query(`SET search_path = ${registry.schema}`);
}, 120_000);

afterAll(async () => {
  await client.end();
  await registry.stop();
});

beforeEach(async () => {
  name = `model-${randomBytes(4).toString('hex')}`;
  await registry.call('POST', 'registered-models/create', { name });
});

async function newRun(): Promise<string> {
  const { body } = await registry.call('POST', 'runs/create', { experiment_id: '0' });
  return (body['run'] as { info: { run_id: string } }).info.run_id;
}

const register = (source: string) => registry.call('POST', 'model-versions/create', { name, source });
const put = async (path: string, body: string): Promise<number> => (await registry.file('PUT', path, body)).status;
const remove = async (path: string): Promise<number> => (await registry.file('DELETE', path)).status;
const read = async (path: string): Promise<string> => (await registry.file('GET', path)).text();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test.each([
  ['a folder of a run', (run: string) => `mlflow-artifacts:/0/${run}/artifacts/model`],
  ['a run by its id', (run: string) => `runs:/${run}/model`],
  ['a URI with a host', (run: string) => `mlflow-artifacts://localhost:5000/0/${run}/artifacts/model`],
])('the files of a version registered from %s can be neither changed, deleted nor added to', async (_, source) => {
  const run = await newRun();
  const folder = `0/${run}/artifacts`;
  await put(`${folder}/model/model.onnx`, 'judged');
  await put(`${folder}/other.txt`, 'other');
  expect(await register(source(run))).toMatchObject({ status: 200 });

  const refused = await registry.file('PUT', `${folder}/model/model.onnx`, 'other bytes');

  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({
    error_code: 'PERMISSION_DENIED',
    message: expect.stringContaining(`version 1 of registered model '${name}'`),
  });
  expect(await put(`${folder}/model/added.bin`, 'x')).toBe(403);
  for (const path of [`${folder}/model/model.onnx`, `${folder}/model`, folder, `0/${run}`, '0']) {
    expect(await remove(path), path).toBe(403);
  }
  expect(await put(`${folder}/model/model.onnx`, 'judged')).toBe(200);
  expect(await read(`${folder}/model/model.onnx`)).toBe('judged');
  expect(await put(`${folder}/other.txt`, 'changed')).toBe(200);
  expect(await remove(`${folder}/other.txt`)).toBe(200);
});

test('a wide location freezes its existing files, each with its digest, and accepts further files', async () => {
  await put(`${name}/files/model.onnx`, 'judged');
  await register(`mlflow-artifacts:/${name}/files`);

  expect(await put(`${name}/files/model.onnx`, 'other')).toBe(403);
  expect(await put(`${name}/files/new.txt`, 'new')).toBe(200);
  expect(await remove(name)).toBe(403);
  const { rows } = await client.query('SELECT path, sha256, size_bytes FROM model_version_files WHERE name = $1', [
    name,
  ]);
  expect(rows).toEqual([{ path: `${name}/files/model.onnx`, sha256: sha256('judged'), size_bytes: '6' }]);
});

test('the files are no longer frozen after the last version that froze them was deleted, also after a rename', async () => {
  const run = await newRun();
  const file = `0/${run}/artifacts/model/model.onnx`;
  await put(file, 'judged');
  await register(`runs:/${run}/model`);
  await register(`models:/${name}/1`);
  await registry.call('POST', 'registered-models/rename', { name, new_name: `${name}-new` });
  const drop = (version: string) => registry.call('DELETE', 'model-versions/delete', { name: `${name}-new`, version });

  await drop('1');
  expect(await put(file, 'other')).toBe(403);
  await drop('2');

  expect(await put(file, 'other')).toBe(200);
  expect(await remove(`0/${run}`)).toBe(200);
});

test('a digest is returned only for the bytes it belongs to', async () => {
  const etagOf = async (path: string): Promise<string | null> => (await registry.file('GET', path)).headers.get('etag');
  const path = `${name}/file`;
  const onDisk = join(registry.artifactFolder, 'files', path);
  await put(path, 'first');
  const first = await etagOf(path);
  // The state after a crash between the rename and its record: the new bytes are stored, and the record is not final.
  const { ino, mtimeNs } = await stat(onDisk, { bigint: true });
  await client.query(
    `UPDATE artifact_digests SET sha256 = 'old', file_id = 'old', incoming_sha256 = $2, incoming_size_bytes = 5, incoming_file_id = $3
     WHERE path = $1`,
    [path, sha256('first'), `${ino}:${mtimeNs}`],
  );
  const afterCrash = await etagOf(path);
  await writeFile(onDisk, 'other');
  await utimes(onDisk, 1, 1);

  expect(first).toBe(`"${sha256('first')}"`);
  expect(afterCrash).toBe(first);
  expect(await etagOf(path)).toBeNull();
  expect(await readFile(onDisk, 'utf8')).toBe('other');
});

test('a failed lookup of the digest closes the opened file', async () => {
  await put(`${name}/file`, 'bytes');
  const openFiles = async (): Promise<number> => {
    const { readdir } = await import('node:fs/promises');
    return (await readdir('/proc/self/fd')).length;
  };
  await client.query('ALTER TABLE artifact_digests RENAME TO hidden');
  const before = await openFiles();
  try {
    for (let i = 0; i < 50; i++) expect((await registry.file('GET', `${name}/file`)).status).toBe(500);
  } finally {
    await client.query('ALTER TABLE hidden RENAME TO artifact_digests');
  }

  expect(await openFiles()).toBeLessThan(before + 25);
});
