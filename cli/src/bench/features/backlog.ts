import { featuresTopic } from '@fraudflow/contracts';
import { failedPrecondition } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import { endOf } from '../../export/topic-reader.js';
import { RecordCount } from '../../replay/catch-up.js';
import type { BenchContext } from '../bench.js';
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
  readonly service: StackHandle;
  readonly perSecond: number;
  readonly figures: RunFigures;
}

/**
 * Writes a backlog while no feature store runs, then starts one. The rate is taken between the first and the last append time on
 * `features`, as the broker stamped them; processor time from the first features seen to the last.
 * @returns the running service, warm.
 */
export async function measureBacklog(parts: BacklogParts): Promise<BacklogResult> {
  const { context, stack, traffic } = parts;
  const wanted = context.options.transactions;
  const log = stack.bus.admin;
  context.note(`writing ${wanted} transactions`);
  await sendBacklog(stack.producer, traffic, wanted);
  const from = await endOf(log, featuresTopic.name);
  const features = await RecordCount.fromEnd(log, featuresTopic.name);
  const service = await stack.startService('feature-store');
  const stacks = [stack.servers, service];
  let first: { readonly done: number; readonly cpu: CpuTimes } | undefined;
  await awaitFeatures(features, wanted, context.cli.interrupted, (done) => (first = { done, cpu: cpuTimes(stacks) }));
  const cpu = cpuTimes(stacks);
  const memory = service.memoryMb()['feature-store'] ?? Number.NaN;
  const rowsAtMs = await rowsStoredAtMs(parts, service);
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
  return { service, perSecond, figures };
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
