import { fork } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeJob, encodeJob, type XgboostJob } from './xgboost-job.js';
import { DEFAULT_LIMITS, XgboostTrainer } from './xgboost-trainer.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fraudflow-child-'));
});
afterAll(() => rm(folder, { recursive: true }));

const train = { rows: Float32Array.of(1, 2), labels: Float32Array.of(0, 1) };
const options = { features: 1, rounds: 1, seed: 1 };
const library = { path: 'unused' };

async function script(name: string, text: string): Promise<URL> {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, text);
  return pathToFileURL(path);
}

const forever = 'setInterval(() => undefined, 1000);';

function aJob(over: Partial<XgboostJob> = {}): XgboostJob {
  return { library, features: 1, train, params: { eta: '0.1' }, rounds: 3, ...over };
}

/** Digests of the bytes: comparing elements takes seconds and does not distinguish the bit patterns of NaN. */
function bytesOf({ train: { rows, labels } }: XgboostJob): { rows: string; labels: string } {
  const digest = (values: Float32Array): string =>
    hash('sha256', new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { rows: digest(rows), labels: digest(labels) };
}

async function* cutInto(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

describe('the encoding of a job', () => {
  const whole = aJob({
    train: {
      rows: Float32Array.from({ length: 700_000 }, (_, i) => (i % 7 === 0 ? NaN : i / 3)),
      labels: new Float32Array(700_000),
    },
    validation: { rows: Float32Array.of(5), labels: Float32Array.of(1) },
    marginsFor: Float32Array.of(7, 8, 9),
  });

  test.each([1, 3, 65_536, 1 << 24])('round-trips in chunks of %i bytes', async (size) => {
    const job = size < 100 ? aJob({ marginsFor: Float32Array.of(NaN, -0) }) : whole;

    const read = await decodeJob(cutInto(Buffer.concat([...encodeJob(job)]), size));

    expect({ ...read, train: undefined, ...bytesOf(read) }).toEqual({ ...job, train: undefined, ...bytesOf(job) });
  });

  test('that ends early is rejected', async () => {
    const bytes = Buffer.concat([...encodeJob(whole)]);

    await expect(decodeJob(cutInto(bytes.subarray(0, -1), 1 << 20))).rejects.toThrow(/ends early/);
  });
});

test('a native abort fails the training, not the trainer, and the error has the stderr output', async () => {
  const entry = await script(
    'abort',
    "process.stderr.write('munmap_chunk(): invalid pointer\\n', () => process.abort());",
  );

  await expect(new XgboostTrainer(library, DEFAULT_LIMITS, entry).train(train, options)).rejects.toMatchObject({
    kind: 'assertion_failed',
    code: 'XGBOOST_CRASHED',
    message: expect.stringContaining('SIGABRT'),
    details: { stderr: expect.stringContaining('munmap_chunk') },
  });
});

test('a process that exits without a result is an error', async () => {
  const entry = await script('silent', 'process.exit(0);');

  await expect(new XgboostTrainer(library, DEFAULT_LIMITS, entry).train(train, options)).rejects.toMatchObject({
    code: 'XGBOOST_CRASHED',
    message: expect.stringContaining('exit code 0'),
  });
});

test('a run beyond its time limit is killed, and the error names the setting', async () => {
  const entry = await script('slow', forever);

  await expect(
    new XgboostTrainer(library, { ...DEFAULT_LIMITS, maxMs: 50 }, entry).train(train, options),
  ).rejects.toMatchObject({ code: 'XGBOOST_TIME', message: expect.stringContaining('FRAUDFLOW_TRAINER_MAX_MINUTES') });
});

test.skipIf(process.platform !== 'linux')(
  'a run beyond its memory limit is killed, and the error names the setting (Linux only)',
  async () => {
    const entry = await script('large', `globalThis.kept = Buffer.alloc(150 << 20, 1); ${forever}`);

    await expect(
      new XgboostTrainer(library, { ...DEFAULT_LIMITS, maxMemoryMib: 120 }, entry).train(train, options),
    ).rejects.toMatchObject({
      code: 'XGBOOST_MEMORY',
      message: expect.stringContaining('FRAUDFLOW_TRAINER_MAX_MEMORY_MIB'),
    });
  },
);

test('an abort kills a process that does not respond', async () => {
  const entry = await script(
    'deaf',
    `for (const s of ['SIGTERM', 'SIGINT']) process.on(s, () => undefined); ${forever}`,
  );
  const controller = new AbortController();
  const reason = new Error('superseded');

  const run = new XgboostTrainer(library, DEFAULT_LIMITS, entry).train(train, {
    ...options,
    signal: controller.signal,
  });
  controller.abort(reason);

  await expect(run).rejects.toBe(reason);
});

test('the process gets only the environment that a loader needs', async () => {
  const entry = await script(
    'environment',
    "process.send({ kind: 'done', modelJson: JSON.stringify(process.env), libraryVersion: '' }, () => process.disconnect());",
  );

  const { modelJson } = await new XgboostTrainer(library, DEFAULT_LIMITS, entry).train(train, options);

  const names = Object.keys(JSON.parse(modelJson) as object);
  expect(names).toContain('PATH');
  expect(names.filter((name) => /FRAUDFLOW|HOME|PASSWORD|VITEST/.test(name))).toEqual([]);
});

test('the process exits when the trainer exits', async () => {
  const built = fileURLToPath(new URL('../dist/xgboost-process.js', import.meta.url));
  const child = fork(built, [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
  const ended = once(child, 'exit');
  if (child.stdin) Readable.from([Buffer.from([9])]).pipe(child.stdin, { end: false });

  child.disconnect();

  expect(await ended).toEqual([0, null]);
});
