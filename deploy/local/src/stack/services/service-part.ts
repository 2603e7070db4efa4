import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { failedPrecondition } from '@fraudflow/core';
import type { LaunchCommand, Part } from '../../supervise/part.js';
import type { ServicePorts } from './service-catalog.js';

interface ServiceOptions {
  readonly name: string;
  readonly script: string;
  readonly ports: ServicePorts;
  readonly env: () => Readonly<Record<string, string | undefined>>;
  /** Host by which this machine reaches the service; IPv6 in brackets. */
  readonly host: string;
  /** Flags of node, checked against this version. */
  readonly flags: readonly string[];
  readonly niceness: number;
}

/**
 * glibc keeps freed memory from the system in its many arenas (10 to 15 MiB a service) and, once a large buffer was
 * freed, in a heap that is hardly ever trimmed (40 MiB in the feature store). Fixed thresholds give buffers of 128 KiB
 * and more back at once. Other C libraries ignore all of it.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '1048576' };

/** One of our services as a process of its own. It counts as started when /health answers. */
export function servicePart({ name, script, ports, env, host, flags, niceness }: ServiceOptions): Part {
  const address = `http://${host}:${ports.http}`;
  return {
    name,
    kind: 'service',
    ports: { ...ports },
    address,
    stopSignal: 'SIGTERM',
    // Beyond the 15 s a service gives itself (FRAUDFLOW_SHUTDOWN_TIMEOUT).
    stopTimeoutMs: 18_000,
    readyTimeoutMs: 60_000,
    isReady: async () => (await httpStatus(`${address}/health`)) === 200,
    prepare: async (): Promise<LaunchCommand> => {
      if (!existsSync(script)) throw failedPrecondition(`${script} is missing; build with npm run build`);
      return { file: process.execPath, args: [...flags, script], env: { ...ALLOCATOR, ...env() }, niceness };
    },
  };
}

/** Status code of a GET, or undefined if nothing answers within a second. */
export function httpStatus(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 1_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(undefined));
  });
}
