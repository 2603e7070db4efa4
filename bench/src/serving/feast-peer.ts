import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { asError, delay, unavailable } from '@fraudflow/core';
import { repositoryRoot } from '@fraudflow/local';
import { z } from 'zod';
import type { BenchContext } from '../contract/bench.js';

const run = promisify(execFile);
const SCRIPT = join(repositoryRoot(), 'bench/scripts/feast_peer.py');
const REQUIREMENTS = join(repositoryRoot(), 'test/conformance/feast/requirements.txt');
const INSTALL_LIMIT_MS = 10 * 60_000;
const STEP_LIMIT_MS = 3 * 60_000;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5_000;

/** Feast's Python feature server in a separate Python environment. */
export class FeastPeer {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly features: readonly string[],
    readonly version: string,
  ) {}

  /**
   * Installs Feast unless the options name a Python that has it, writes a row for each customer into Redis, and starts
   * `feast serve` with one worker. @returns the reason if this machine cannot do that
   */
  static async start(
    context: BenchContext,
    redisUrl: string,
    customerIds: readonly string[],
  ): Promise<FeastPeer | string> {
    const folder = join(context.dataDir, 'feast-peer');
    await mkdir(folder, { recursive: true });
    try {
      const python = context.options.feastPython ?? (await installFeast(context, folder));
      return await serve(context, { python, folder, redis: feastAddress(redisUrl), customerIds });
    } catch (thrown) {
      return `the Feast Python server is left out: ${asError(thrown).message.split('\n').slice(0, 3).join(' ')}`;
    }
  }

  static of(child: ChildProcess, port: number, features: readonly string[], version: string): FeastPeer {
    return new FeastPeer(child, port, features, version);
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  async stop(): Promise<void> {
    await endGroup(this.child);
  }
}

interface Peer {
  readonly python: string;
  readonly folder: string;
  /** `host:port` */
  readonly redis: string;
  readonly customerIds: readonly string[];
}

/** Installs the version of the conformance tests with Feast's driver for Redis. @returns the path of the Python. */
async function installFeast({ note, host }: BenchContext, folder: string): Promise<string> {
  note('installing Feast for Python into a temporary environment');
  const environment = join(folder, 'venv');
  const python = join(environment, 'bin', 'python');
  const limits = { signal: host.interrupted, timeout: INSTALL_LIMIT_MS };
  await run('python3', ['-m', 'venv', environment], limits);
  const version = /==\s*([\d.]+)/.exec(await readFile(REQUIREMENTS, 'utf8'))?.[1] ?? '';
  await run(python, ['-m', 'pip', 'install', '--quiet', `feast[redis]==${version}`], limits);
  return python;
}

async function serve({ host, note }: BenchContext, { python, folder, redis, customerIds }: Peer): Promise<FeastPeer> {
  const limits = { signal: host.interrupted, timeout: STEP_LIMIT_MS };
  const customersFile = join(folder, 'customers.json');
  await writeFile(customersFile, JSON.stringify(customerIds));
  note(`writing ${customerIds.length} rows with Feast`);
  const { stdout } = await run(python, [SCRIPT, folder, redis, customersFile], limits);
  const features = z.array(z.string()).parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  const feast = join(dirname(python), 'feast');
  const version = /\d+\.\d+\.\d+/.exec((await run(feast, ['version'], limits)).stdout)?.[0] ?? 'unknown';
  const port = await freePort();
  const address = ['--host', '127.0.0.1', '--port', String(port)];
  // By default a worker is replaced after 1,000 requests, which closes connections; without that the peer is faster.
  const workers = ['--workers', '1', '--max-requests', '0', '--max-requests-jitter', '0', '--no-access-log'];
  const args = ['-c', folder, 'serve', ...address, ...workers];
  // A separate process group, because the server is a parent with a worker.
  const child = spawn(feast, args, { detached: true, stdio: 'ignore' });
  try {
    await untilHealthy(child, port, host.interrupted);
  } catch (thrown) {
    await endGroup(child);
    throw thrown;
  }
  return FeastPeer.of(child, port, features, version);
}

async function untilHealthy(child: ChildProcess, port: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + START_LIMIT_MS;
  while (performance.now() < until && child.exitCode === null && !signal.aborted) {
    const timeout = AbortSignal.timeout(1_000);
    const isHealthy = await fetch(`http://127.0.0.1:${port}/health`, { signal: timeout }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return;
    await delay(200, signal);
  }
  throw unavailable('feast serve did not become healthy');
}

/** Terminates the process group, and kills it after a limit. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  signalGroup(child.pid, 'SIGTERM');
  const limit = new AbortController();
  const isDone = exited.then(() => limit.abort());
  await Promise.race([isDone, delay(STOP_LIMIT_MS, limit.signal)]);
  signalGroup(child.pid, 'SIGKILL');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A Redis address as Feast's configuration writes it. */
function feastAddress(url: string): string {
  const { host, username, password } = new URL(url);
  return username === '' ? host : `${host},username=${username},password=${password}`;
}
