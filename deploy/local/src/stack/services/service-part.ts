import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { failedPrecondition } from '@fraudflow/core';
import { type LaunchCommand, type Part, READY_TIMEOUT_MS } from '../../supervise/part.js';
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

/** A service of the stack as a separate process. It counts as started when /health responds with 200. */
export function servicePart({ name, script, ports, env, host, flags, niceness }: ServiceOptions): Part {
  const address = `http://${host}:${ports.http}`;
  return {
    name,
    kind: 'service',
    ports: { ...ports },
    address,
    stopSignal: 'SIGTERM',
    // Longer than the 15 s in which a service drains (FRAUDFLOW_SHUTDOWN_TIMEOUT).
    stopTimeoutMs: 18_000,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: async () => (await httpStatus(`${address}/health`)) === 200,
    prepare: async (): Promise<LaunchCommand> => {
      if (!existsSync(script)) throw failedPrecondition(`${script} is missing; build with npm run build`);
      return { file: process.execPath, args: [...flags, script], env: env(), niceness };
    },
  };
}

/** Status code of a GET; undefined without a response within a second. */
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
