import { failedPrecondition } from '@fraudflow/core';
import { postgresUrl } from '../embedded/postgres.js';
import { redisUrl } from '../embedded/redis.js';
import { layoutOf, type Layout } from '../system/layout.js';
import type { ExternalAddresses, ServiceAddress, StackAddresses } from './settings/addresses.js';
import { livingSupervisor } from './claim.js';
import { readRunState, type PartRecord } from './run-state.js';

/**
 * Addresses of the stack that another process runs on this data folder, for commands that talk to it.
 * @param external addresses from this process' configuration, for servers that the stack does not embed.
 * @throws AppError failed_precondition if none runs or it is still starting.
 */
export function runningStack(dataDir: string, external: ExternalAddresses = {}): StackAddresses {
  const layout = layoutOf(dataDir);
  const parts = partsOfReadyStack(layout);
  const port = (name: string): number | undefined => parts.find((part) => part.name === name)?.ports[name];
  const [kafka, redis, postgres] = [port('kafka'), port('redis'), port('postgres')];
  const services = parts.filter(({ kind }) => kind === 'service');
  return {
    kafkaBrokers: kafka === undefined ? (external.kafkaBrokers ?? []) : [`127.0.0.1:${kafka}`],
    redisUrl: redis === undefined ? (external.redisUrl ?? '') : redisUrl(layout, redis),
    postgresUrl: postgres === undefined ? (external.postgresUrl ?? '') : postgresUrl(layout, postgres),
    services: Object.fromEntries(services.map((part) => [part.name, serviceAddress(part)])),
  };
}

function partsOfReadyStack(layout: Layout): readonly PartRecord[] {
  const state = livingSupervisor(layout) && readRunState(layout);
  if (state?.isReady) return state.parts;
  throw failedPrecondition('no stack is running; start one with ./fraudflow up', { code: 'NOT_RUNNING' });
}

function serviceAddress({ address, ports }: PartRecord): ServiceAddress {
  const grpc = ports['grpc'];
  return grpc === undefined ? { http: address } : { http: address, grpc: `${new URL(address).hostname}:${grpc}` };
}
