import { featuresTopic } from '@fraudflow/contracts';
import { failedPrecondition } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import { endOf } from '../../export/topic-reader.js';
import { RecordCount } from '../../replay/catch-up.js';
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
 * Writes a backlog while no feature store runs, then starts the workers. The rate is taken between the first and the
 * last append time on `features`, as the broker stamped them; processor time from the first features seen to the last.
 * @returns the running services, warm.
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
  await awaitFeatures(features, wanted, context.cli.interrupted, (done) => (first = { done, cpu: cpuTimes(stacks) }));
  const cpu = cpuTimes(stacks);
  const memory = largestMemory(services);
  const rowsAtMs = await rowsStoredAtMs(parts, services[0]);
  const { firstMs, lastMs, count } = await appendSpan(log, from);
  if (count !== wanted) throw failedPrecondition(`${wanted} transactions led to ${count} feature records`);
  const perSecond = (wanted * 1_000) / (lastMs - firstMs);
  const figures = {
    backlog_transactions_per_second: { value: perSecond, unit: '1/s' },
    // Loading ends later than the stream: the rate at which both are through.
    backlog_with_offline_rows: { value: (wanted * 1_000) / (rowsAtMs - firstMs), unit: '1/s' },
    ...(first === undefined ? {} : cpuFigures(first.cpu, cpu, wanted - first.done, 'backlog_cpu')),
    'backlog_memory_feature-store': { value: memory, unit: 'MiB' },
  };
  return { services, perSecond, figures };
}

/** All at once, so that they share the partitions from the beginning. */
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

/** All rows that were ever sent: the offline store keeps those of earlier runs, too. */
async function rowsStoredAtMs({ context, stack }: BacklogParts, service: StackHandle): Promise<number> {
  const rows = await StoredRows.open(service.addresses.postgresUrl);
  try {
    const sent = (await stack.bus.admin.offsets('transactions.validated')).reduce((sum, { end }) => sum + end, 0);
    return await rows.await(sent, context.cli.interrupted);
  } finally {
    await rows.close();
  }
}
