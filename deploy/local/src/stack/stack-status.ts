import { connect } from 'node:net';
import { layoutOf } from '../system/layout.js';
import { isSameProcess } from '../system/process-identity.js';
import { memoryMbOf } from '../system/process-memory.js';
import { livingSupervisor } from './claim.js';
import { readRunState, type PartRecord } from './run-state.js';
import { httpStatus } from './services/service-part.js';

export interface PartStatus {
  readonly name: string;
  readonly kind: 'embedded' | 'service';
  readonly state: string;
  readonly pid: number | undefined;
  readonly ports: Readonly<Record<string, number>>;
  readonly address: string;
  /** Whether /health of a service or the port of a server responds. */
  readonly isHealthy: boolean;
  /** /ready of a service; a server is ready when it is healthy. */
  readonly isReady: boolean;
  readonly memoryMb: number;
  readonly uptimeSeconds: number;
  readonly restarts: number;
  readonly logFile: string;
}

export interface StackStatus {
  readonly isRunning: boolean;
  readonly supervisorPid: number | undefined;
  /** True once the start has finished. */
  readonly isStarted: boolean;
  readonly uptimeSeconds: number;
  readonly external: Readonly<Record<string, string>>;
  readonly parts: readonly PartStatus[];
}

/** Status of the stack on a data folder, measured now. */
export async function stackStatus(dataDir: string): Promise<StackStatus> {
  const layout = layoutOf(dataDir);
  const supervisor = livingSupervisor(layout);
  const state = readRunState(layout);
  return {
    isRunning: supervisor !== undefined,
    supervisorPid: supervisor?.pid,
    isStarted: supervisor !== undefined && state?.isReady === true,
    uptimeSeconds: supervisor && state ? secondsSince(state.startedAtMs) : 0,
    external: state?.external ?? {},
    parts: await Promise.all((state?.parts ?? []).map(partStatus)),
  };
}

async function partStatus(part: PartRecord): Promise<PartStatus> {
  const { name, kind, ports, address, restarts, logFile } = part;
  const mark = part.process;
  const isAlive = mark !== undefined && isSameProcess(mark.pid, mark.identity);
  const { isHealthy, isReady } = isAlive ? await probe(part) : { isHealthy: false, isReady: false };
  return {
    name,
    kind,
    state: isAlive || part.state !== 'running' ? part.state : 'dead',
    pid: isAlive ? mark.pid : undefined,
    ports,
    address,
    isHealthy,
    isReady,
    memoryMb: isAlive ? memoryMbOf(mark.pid) : 0,
    uptimeSeconds: isAlive ? secondsSince(part.startedAtMs) : 0,
    restarts,
    logFile,
  };
}

async function probe(part: PartRecord): Promise<{ isHealthy: boolean; isReady: boolean }> {
  if (part.kind === 'embedded') {
    const listens = await acceptsConnection(part.ports[part.name] ?? 0);
    return { isHealthy: listens, isReady: listens };
  }
  const [health, ready] = await Promise.all([
    httpStatus(`${part.address}/health`),
    httpStatus(`${part.address}/ready`),
  ]);
  return { isHealthy: health === 200, isReady: ready === 200 };
}

function acceptsConnection(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

function secondsSince(timeMs: number): number {
  return Math.max(0, Math.round((Date.now() - timeMs) / 1_000));
}
