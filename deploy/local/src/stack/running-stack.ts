import { failedPrecondition } from '@fraudflow/core';
import { postgresUrl } from '../embedded/postgres.js';
import { redisUrl } from '../embedded/redis.js';
import { layoutOf, type Layout } from '../system/layout.js';
import type { ExternalAddresses, ServiceAddress, StackAddresses } from './settings/addresses.js';
import { livingSupervisor } from './claim.js';
import { readRunState, type PartRecord } from './run-state.js';

/**
 * The first of the data folders on which a process supervises a stack, ready or not; the first folder if there is none.
 */
export function runningDataDir(dataDir: string, ...others: readonly string[]): string {
  const isRunning = (folder: string): boolean => livingSupervisor(layoutOf(folder)) !== undefined;
  return [dataDir, ...others].find(isRunning) ?? dataDir;
}

/**
 * Addresses of the stack that another process runs on this data folder, for commands that connect to it.
 * @param external addresses from the configuration of this process, for servers that the stack does not embed
 * @throws AppError failed_precondition if no stack runs or it is still starting
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
