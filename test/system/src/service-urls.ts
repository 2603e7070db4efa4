import { defined } from '@fraudflow/core';
import type { RunningSystem } from './running-system.js';

/** URL of a path of a service. */
export function httpUrl({ stack }: RunningSystem, service: string, path = ''): string {
  return `${defined(stack.addresses.services[service], service).http}${path}`;
}

/** `host:port` of a service's gRPC port. */
export function grpcAddress({ stack }: RunningSystem, service: string): string {
  return defined(stack.addresses.services[service]?.grpc, `gRPC of ${service}`);
}

export interface HttpAnswer {
  readonly status: number;
  /** Content type without its parameters. */
  readonly type: string | null;
  readonly body: unknown;
}

/** Posts JSON. A string is sent unchanged. */
export async function post(url: string, body: unknown): Promise<HttpAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const type = response.headers.get('content-type')?.split(';')[0] ?? null;
  return { status: response.status, type, body: await response.json() };
}
