import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { failedPrecondition } from '@fraudflow/core';
import type { LaunchCommand, Part } from '../supervise/part.js';
import type { ServicePorts } from './service-catalog.js';

interface ServiceOptions {
  readonly name: string;
  readonly script: string;
  readonly ports: ServicePorts;
  readonly env: () => Readonly<Record<string, string | undefined>>;
}

/**
 * Young and old generation in MiB. Left to itself V8 lets a service grow to several times what it needs before it collects;
 * these bounds keep each below 300 MB resident.
 */
const USUAL_HEAP = { young: 16, old: 192 };
/**
 * V8 notes where objects are made that outlive a collection, as a round's do while a backlog is worked off, and makes all later ones of these
 * places in the old generation, where only a collection of the whole heap finds them dead. Rounds come and go: they belong in the young one.
 */
const YOUNG_IS_YOUNG = '--no-allocation-site-pretenuring';
/** New buffers count as growth of the old generation: by its own measure V8 would mark all of the heap three times a second, a third of the processor's time. */
const growsBy = (percent: number): string => `--heap-growing-percent=${percent}`;
const NODE_FLAGS: Readonly<Record<string, readonly string[]>> = {
  'feature-store': [...heapOf({ ...USUAL_HEAP, old: 208 }), growsBy(80), YOUNG_IS_YOUNG],
  'drift-monitor': [...heapOf(USUAL_HEAP), growsBy(100), YOUNG_IS_YOUNG],
};
/** With its many allocation arenas glibc keeps freed buffers from the system: 10 to 15 MiB a service. Other C libraries ignore it. */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2' };
const USUAL_NODE_FLAGS = [...heapOf(USUAL_HEAP), YOUNG_IS_YOUNG];

function heapOf({ young, old }: typeof USUAL_HEAP): readonly string[] {
  return [`--max-semi-space-size=${young}`, `--max-old-space-size=${old}`];
}

/** One of our services as a process of its own. It counts as started when /health answers. */
export function servicePart({ name, script, ports, env }: ServiceOptions): Part {
  const address = `http://127.0.0.1:${ports.http}`;
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
      const args = [...(NODE_FLAGS[name] ?? USUAL_NODE_FLAGS), script];
      return { file: process.execPath, args, env: { ...ALLOCATOR, ...env() } };
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
