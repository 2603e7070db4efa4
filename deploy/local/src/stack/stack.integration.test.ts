// Real: every process (Kafka, Redis, Postgres, tiny services, supervisors that are killed). Faked: nothing.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defined } from '@fraudflow/core';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postgresHome } from '../embedded/postgres-home.js';
import type { StackEvent } from '../supervise/stack-event.js';
import { createLayout, layoutOf, repositoryRoot } from '../system/layout.js';
import { pollUntil } from '../system/poll.js';
import { processIdentity } from '../system/process-identity.js';
import { removeStackData } from './remove-data.js';
import { readRunState } from './run-state.js';
import { runningStack } from './running-stack.js';
import type { StackHandle } from './stack-handle.js';
import type { StackOptions } from './settings/stack-options.js';
import { stackStatus } from './stack-status.js';
import { startStack } from './start-stack.js';
import { stopStack } from './stop-stack.js';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures');
const tiny = join(fixtures, 'tiny-service.mjs');
/** On a loaded machine the start of a JVM takes ten seconds. */
const LONG_MS = 180_000;

let dataDir: string;
let stack: StackHandle | undefined;
let events: StackEvent[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'fraudflow-stack-'));
  stack = undefined;
  events = [];
});

afterEach(async () => {
  await stack?.stop();
  await stopStack(dataDir);
  removeStackData(dataDir);
});

async function start(options: Partial<StackOptions> = {}): Promise<StackHandle> {
  stack = await startStack({
    dataDir,
    embedded: [],
    serviceScript: () => tiny,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return stack;
}

const eventually = async (ask: () => boolean | Promise<boolean>): Promise<void> => {
  expect(await pollUntil(ask, { everyMs: 20, timeoutMs: 30_000 })).toBe(true);
};
const pidOf = (name: string): number | undefined =>
  readRunState(layoutOf(dataDir))?.parts.find((part) => part.name === name)?.process?.pid;
/** Data folder of Postgres; under root it may be outside of the stack's data folder. */
const clusterDir = (): string => {
  createLayout(layoutOf(dataDir));
  return postgresHome(layoutOf(dataDir)).clusterDir;
};
const isAlive = (pid: number): boolean => processIdentity(pid) !== undefined;

describe('the embedded servers', () => {
  test(
    'respond, accept a record of 5 MB, and keep their data over a restart',
    async () => {
      const first = await start({ embedded: ['kafka', 'redis', 'postgres'] });
      await writeEverywhere(first);
      await first.stop();

      const second = await start({ embedded: ['kafka', 'redis', 'postgres'] });

      expect(await readEverywhere(second)).toEqual({ kafka: 5_000_000, redis: 'kept', postgres: 42 });
    },
    LONG_MS,
  );

  test(
    'are restarted on the same port after kill -9',
    async () => {
      const running = await start({ embedded: ['redis', 'postgres'] });
      const redis = new Redis(running.addresses.redisUrl, { maxRetriesPerRequest: null });
      redis.on('error', () => undefined);

      running.kill('redis');
      running.kill('postgres');

      await eventually(() => running.parts().every(({ state, restarts }) => state === 'running' && restarts > 0));
      expect(await redis.ping()).toBe('PONG');
      const client = new pg.Client({ connectionString: running.addresses.postgresUrl });
      await client.connect();
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await client.end();
      redis.disconnect();
    },
    LONG_MS,
  );

  test('keep the password in a file that only its owner can read, not in state and logs', async () => {
    const running = await start({ embedded: ['postgres'] });
    const layout = layoutOf(dataDir);

    const { password } = new URL(running.addresses.postgresUrl);

    expect(statSync(layout.postgresPassword).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(readRunState(layout))).not.toContain(password);
    expect(runningStack(dataDir).postgresUrl).toBe(running.addresses.postgresUrl);
  });
});

describe('an incomplete or stale data folder', () => {
  test('a Postgres folder that a kill left incomplete is renamed and created again', async () => {
    const postgres = clusterDir();
    mkdirSync(join(postgres, 'base'), { recursive: true });
    writeFileSync(join(postgres, 'PG_VERSION'), '18\n');
    mkdirSync(`${postgres}.making`);

    const running = await start({ embedded: ['postgres'] });

    expect(running.parts()[0]?.state).toBe('running');
    expect(existsSync(`${postgres}.making`)).toBe(false);
  });

  test('Postgres starts if its pid file names another process', async () => {
    const first = await start({ embedded: ['postgres'] });
    await first.stop();
    const postgres = clusterDir();
    writeFileSync(join(postgres, 'postmaster.pid'), `${process.pid}\n${postgres}\n`);

    const second = await start({ embedded: ['postgres'] });

    expect(second.parts()[0]?.state).toBe('running');
  });
});

describe('services', () => {
  test('get their port, respond, and stop on request', async () => {
    const running = await start({ services: ['tiny', 'other'], env: { TINY_GREETING: 'hello' } });

    const reply = (await (await fetch(defined(running.addresses.services['tiny'], 'tiny').http)).json()) as object;
    const pids = [pidOf('tiny'), pidOf('other')].map((pid) => defined(pid, 'pid'));
    await running.stop();

    expect(reply).toMatchObject({ greeting: 'hello', pid: pids[0] });
    expect(pids.some(isAlive)).toBe(false);
    expect((await stackStatus(dataDir)).isRunning).toBe(false);
  });

  test('one that is killed with -9 is restarted immediately on the same port', async () => {
    const running = await start({ services: ['tiny'] });
    const before = pidOf('tiny');

    running.kill('tiny');

    await eventually(() => running.parts()[0]?.state === 'running' && running.restartCounts()['tiny'] === 1);
    expect(pidOf('tiny')).not.toBe(before);
    expect(events).toContainEqual({ type: 'crashed', part: 'tiny', how: 'SIGKILL', restartInMs: 0 });
    const status = await stackStatus(dataDir);
    expect(status.parts[0]).toMatchObject({ name: 'tiny', isHealthy: true, isReady: true, restarts: 1 });
    expect(status.parts[0]?.memoryMb).toBeGreaterThan(10);
  });

  test('one in a crash loop is restarted with delays and reported with its last lines', async () => {
    const running = await start({ services: ['tiny'] });
    // From here on it crashes after each start.
    const killer = setInterval(() => running.kill('tiny'), 5);

    await eventually(() => events.some(({ type }) => type === 'crash_loop'));
    clearInterval(killer);

    const loop = events.find((event) => event.type === 'crash_loop');
    expect(loop).toMatchObject({ part: 'tiny', crashes: 5, nextTryInMs: 1_000 });
  });

  test('one with an invalid configuration is not restarted, and the error has its message', async () => {
    const starting = start({ services: ['tiny'], env: { TINY_BEHAVIOUR: 'bad-configuration' } });

    await expect(starting).rejects.toThrow(/FRAUDFLOW_TINY_SETTING must be a number/);
    expect(events.map(({ type }) => type)).toContain('gave_up');
  });

  test('one that crashes at its start stops all started parts', async () => {
    const starting = start({ embedded: ['redis'], services: ['tiny'], env: { TINY_BEHAVIOUR: 'dies-at-start' } });

    await expect(starting).rejects.toThrow(/tiny ended before it was ready[^]*cannot bear it/);
    expect((await stackStatus(dataDir)).parts).toEqual([]);
  });

  test('a default port that is in use is replaced by a free one', async () => {
    const squatter = createServer().listen(8501, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve).once('error', resolve));

    const running = await start({ services: ['scorer'], ports: 'default' });

    const { http } = defined(running.addresses.services['scorer'], 'scorer');
    expect(http).not.toBe('http://127.0.0.1:8501');
    squatter.close();
  });

  test('an interrupted start leaves no process running', async () => {
    const controller = new AbortController();
    const starting = start({
      embedded: ['redis'],
      services: ['tiny'],
      signal: controller.signal,
      onEvent: ({ type }) => type === 'ready' && controller.abort(),
    });

    await expect(starting).rejects.toThrow(/interrupted/);
    expect((await stackStatus(dataDir)).isRunning).toBe(false);
  });
});

describe('the supervisor', () => {
  test('a second one on the same data folder is refused', async () => {
    await start({ services: ['tiny'] });

    await expect(startStack({ dataDir, embedded: [] })).rejects.toThrow(/already running/);
  });

  test('leaves no orphan after kill -9, and the next start works', async () => {
    const supervisor = await startSupervisorProcess();
    const pids = [pidOf('redis'), pidOf('tiny')].map((pid) => defined(pid, 'pid'));
    expect(pids.every(isAlive)).toBe(true);

    supervisor.kill('SIGKILL');

    await eventually(() => !pids.some(isAlive));
    const running = await start({ embedded: ['redis'], services: ['tiny'] });
    expect(running.parts().every(({ state }) => state === 'running')).toBe(true);
  });

  test('down stops it from another process', async () => {
    await startSupervisorProcess();
    const pids = [pidOf('redis'), pidOf('tiny')].map((pid) => defined(pid, 'pid'));

    const result = await stopStack(dataDir);

    expect(result).toEqual({ wasRunning: true, leftovers: [] });
    expect(pids.some(isAlive)).toBe(false);
  });

  test('down does not end another process with an old number', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const running = await start({ services: ['tiny'] });
    const layout = layoutOf(dataDir);
    const state = defined(readRunState(layout), 'state');
    await running.stop();
    const [part] = state.parts;
    const stale = { ...defined(part, 'part'), process: { pid: defined(stranger.pid, 'pid'), identity: 'ticks:1' } };
    writeFileSync(layout.state, JSON.stringify({ ...state, parts: [stale] }));

    expect(await stopStack(dataDir)).toEqual({ wasRunning: false, leftovers: [] });

    expect(stranger.exitCode).toBeNull();
    stranger.kill('SIGKILL');
  });

  test('down ends parts that outlived both supervisor and guardian', async () => {
    const orphan = spawn(process.execPath, [tiny], { stdio: 'ignore', env: { FRAUDFLOW_TINY_HTTP_PORT: '0' } });
    const running = await start({ services: ['tiny'] });
    const layout = layoutOf(dataDir);
    const state = defined(readRunState(layout), 'state');
    await running.stop();
    const pid = defined(orphan.pid, 'pid');
    const mark = { pid, identity: defined(processIdentity(pid), 'identity') };
    writeFileSync(layout.state, JSON.stringify({ ...state, parts: [{ ...state.parts[0], process: mark }] }));

    expect(await stopStack(dataDir)).toEqual({ wasRunning: false, leftovers: ['tiny'] });

    expect(isAlive(pid)).toBe(false);
  });
});

/** A supervisor in a separate process that a test can kill. It runs the built code. */
async function startSupervisorProcess(): Promise<ReturnType<typeof spawn>> {
  const script = join(fixtures, 'supervisor.mjs');
  const args = ['--conditions=@fraudflow/none', script, repositoryRoot(), dataDir, tiny];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the supervisor ended with ${code}`)));
  });
  return child;
}

async function writeEverywhere({ addresses }: StackHandle): Promise<void> {
  const kafka = kafkaOf(addresses.kafkaBrokers);
  const admin = kafka.admin();
  await admin.createTopics({ topics: [{ topic: 'big', numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'big', messages: [{ value: Buffer.alloc(5_000_000, 1) }] });
  await producer.disconnect();
  const redis = new Redis(addresses.redisUrl);
  await redis.set('key', 'kept');
  redis.disconnect();
  const client = new pg.Client({ connectionString: addresses.postgresUrl });
  await client.connect();
  await client.query('CREATE TABLE kept (n int)');
  await client.query('INSERT INTO kept VALUES (42)');
  await client.end();
}

async function readEverywhere({ addresses }: StackHandle): Promise<Record<string, unknown>> {
  const consumer = kafkaOf(addresses.kafkaBrokers).consumer({ groupId: 'reader', maxBytes: 10_000_000 });
  await consumer.connect();
  await consumer.subscribe({ topic: 'big', fromBeginning: true });
  const size = await new Promise<number>((resolve) => {
    void consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.length ?? 0) });
  });
  await consumer.disconnect();
  const redis = new Redis(addresses.redisUrl);
  const value = await redis.get('key');
  redis.disconnect();
  const client = new pg.Client({ connectionString: addresses.postgresUrl });
  await client.connect();
  const { rows } = await client.query<{ n: number }>('SELECT n FROM kept');
  await client.end();
  return { kafka: size, redis: value, postgres: rows[0]?.n };
}

function kafkaOf(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
}
