import { featuresTopic } from '@fraudflow/contracts';
import { failedPrecondition } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import { endOf } from '../system/topic-reader.js';
import { RecordCount } from '../system/catch-up.js';
import type { BenchContext } from '../contract/bench.js';
import { sendBacklog, type ValidatedTraffic } from '../load/validated-traffic.js';
import type { RunFigures } from '../report/figure.js';
import type { BenchStack } from '../stack/bench-stack.js';
import { cpuFigures, cpuTimes, type CpuTimes } from '../stack/process-costs.js';
import { appendSpan, awaitFeatures } from './features-log.js';
import { StoredRows } from './stored-rows.js';

export interface BacklogParts {
  readonly context: BenchContext;
  readonly stack: BenchStack;
  readonly traffic: ValidatedTraffic;
}

export interface BacklogResult {
  /** The workers, at least one. */
  readonly services: readonly [StackHandle, ...StackHandle[]];
  readonly perSecond: number;
  readonly figures: RunFigures;
}

/**
 * Writes a backlog while no feature store runs, then starts the workers. The rate is measured between the broker's
 * first and last append times on `features`, the CPU time from the first poll with features to the last.
 * @returns the running services, warmed up
 */
export async function measureBacklog(parts: BacklogParts): Promise<BacklogResult> {
  const { context, stack, traffic } = parts;
  const wanted = context.options.transactions;
  const log = stack.bus.admin;
  context.note(`writing ${wanted} transactions`);
  await sendBacklog(stack.producer, traffic, wanted);
  const from = await endOf(log, featuresTopic.name);
  const features = await RecordCount.fromEnd(log, featuresTopic.name);
  const services = await startWorkers(parts);
  const stacks = [stack.servers, ...services];
  let first: { readonly done: number; readonly cpu: CpuTimes } | undefined;
  await awaitFeatures(features, wanted, context.host.interrupted, (done) => (first = { done, cpu: cpuTimes(stacks) }));
  const cpu = cpuTimes(stacks);
  const memory = largestMemory(services);
  const rowsAtMs = await rowsStoredAtMs(parts, services[0]);
  const { firstMs, lastMs, count } = await appendSpan(log, from);
  if (count !== wanted) throw failedPrecondition(`${wanted} transactions led to ${count} feature records`);
  const perSecond = (wanted * 1_000) / (lastMs - firstMs);
  const figures = {
    backlog_transactions_per_second: { value: perSecond, unit: '1/s' },
    // The offline store finishes later than the stream: the rate of both together.
    backlog_with_offline_rows: { value: (wanted * 1_000) / (rowsAtMs - firstMs), unit: '1/s' },
    ...(first === undefined ? {} : cpuFigures(first.cpu, cpu, wanted - first.done, 'backlog_cpu')),
    'backlog_memory_feature-store': { value: memory, unit: 'MiB' },
  };
  return { services, perSecond, figures };
}

/** Starts all workers concurrently, so that they share the partitions from the beginning. */
async function startWorkers({ context, stack }: BacklogParts): Promise<[StackHandle, ...StackHandle[]]> {
  const names = Array.from({ length: context.options.workers - 1 }, (_, n) => `feature-store-${n + 2}`);
  const start = (place: string): Promise<StackHandle> => stack.startService('feature-store', place);
  const [first, others] = await Promise.all([start('feature-store'), Promise.all(names.map(start))]);
  return [first, ...others];
}

/** MiB of the largest worker. */
export function largestMemory(services: readonly StackHandle[]): number {
  return Math.max(...services.map((service) => service.memoryMb()['feature-store'] ?? Number.NaN));
}

/** Counts the rows of all runs: the offline store keeps those of earlier ones. */
async function rowsStoredAtMs({ context, stack }: BacklogParts, service: StackHandle): Promise<number> {
  const rows = await StoredRows.open(service.addresses.postgresUrl);
  try {
    const sent = (await stack.bus.admin.offsets('transactions.validated')).reduce((sum, { end }) => sum + end, 0);
    return await rows.await(sent, context.host.interrupted);
  } finally {
    await rows.close();
  }
}
