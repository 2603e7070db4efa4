import { featuresTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import { delay, failedPrecondition } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import { percentiles } from '../system/percentiles.js';
import { grpcAddress } from '../system/service-addresses.js';
import { endOf } from '../system/topic-reader.js';
import { RecordCount } from '../system/catch-up.js';
import { Pacer } from '../traffic/pacer.js';
import { sendPiece } from '../load/validated-traffic.js';
import type { RunFigures } from '../report/figure.js';
import { cpuFigures, cpuTimes, type CpuTimes, machineCpuUs } from '../stack/process-costs.js';
import { type BacklogParts, type BacklogResult, largestMemory } from './backlog.js';
import { appendTimes, awaitFeatures } from './features-log.js';
import { ReadableProbe } from './readable-probe.js';

const MOST_PER_SECOND = 10_000;
/** Warm-up for small batches: the backlog's large batches use other code paths. */
const WARM_UP_MS = 10_000;
const MEASURED_MS = 15_000;
const READABLE_LIMIT_MS = 10_000;
const SAMPLES_PER_SECOND = 20;
// As linger.ms of Kafka's own client: single records would measure the driver.
const SEND_EVERY_MS = 5;

/**
 * Event → feature at a steady rate: half the rate of the backlog, at most 10,000/s. For the topic it is the difference
 * of the broker's append times on `transactions.validated` and `features`; for reads it is the time from the former
 * until a response of GetOnlineFeatures contains the event for both entities, polled every 3 ms.
 */
export async function measureSteady(
  parts: BacklogParts,
  services: BacklogResult['services'],
  backlogPerSecond: number,
): Promise<RunFigures> {
  const { context, stack } = parts;
  const perSecond = Math.min(MOST_PER_SECOND, backlogPerSecond / 2);
  const log = stack.bus.admin;
  const [sentFrom, madeFrom] = [
    await endOf(log, transactionsValidatedTopic.name),
    await endOf(log, featuresTopic.name),
  ];
  const features = await RecordCount.fromEnd(log, featuresTopic.name);
  const probe = new ReadableProbe(grpcAddress(services[0], 'feature-store'));
  probe.start();
  const load = new SteadyLoad(parts, services, probe);
  let sent;
  let unreadable = 0;
  try {
    sent = await load.run(perSecond);
    await awaitFeatures(features, sent.total, context.host.interrupted);
  } finally {
    unreadable = await probe.stop(READABLE_LIMIT_MS);
  }
  const sentAt = await appendTimes(log, transactionsValidatedTopic.name, sentFrom);
  const madeAt = await appendTimes(log, featuresTopic.name, madeFrom);
  const toTopicMs = latencies(sent.measured, sentAt, madeAt);
  const toTopic = percentiles(toTopicMs);
  context.note(`event → feature p50 by third: ${mediansByThird(toTopicMs).join(', ')} ms`);
  const toRead = percentiles(latencies(sent.measured, sentAt, probe.readableAtMs));
  if (unreadable > 0) throw failedPrecondition(`${unreadable} sampled transactions never became readable`);
  return {
    steady_rate: { value: (sent.measured.size * 1_000) / sent.elapsedMs, unit: '1/s' },
    event_to_feature_p50: { value: toTopic.p50, unit: 'ms' },
    event_to_feature_p99: { value: toTopic.p99, unit: 'ms' },
    event_to_readable_p50: { value: toRead.p50, unit: 'ms' },
    event_to_readable_p99: { value: toRead.p99, unit: 'ms' },
    ...cpuFigures(sent.cpuBefore, sent.cpuAfter, sent.measured.size, 'steady_cpu'),
    steady_other_work: { value: sent.otherCores, unit: 'cores' },
    'steady_memory_feature-store': { value: largestMemory(services), unit: 'MiB' },
  };
}

interface SentLoad {
  /** Transactions with the warm-up. */
  readonly total: number;
  /** Ids of the transactions sent after the warm-up. */
  readonly measured: ReadonlySet<string>;
  readonly elapsedMs: number;
  readonly cpuBefore: CpuTimes;
  readonly cpuAfter: CpuTimes;
  /** Cores that other programs kept busy during the measurement. */
  readonly otherCores: number;
}

class SteadyLoad {
  constructor(
    private readonly parts: BacklogParts,
    private readonly services: readonly StackHandle[],
    private readonly probe: ReadableProbe,
  ) {}

  async run(perSecond: number): Promise<SentLoad> {
    const { context } = this.parts;
    context.note(`event → feature at ${Math.round(perSecond)}/s`);
    const pacer = new Pacer(perSecond);
    const beganAt = performance.now();
    const warmUp = new Set<string>();
    await this.send(pacer, beganAt + WARM_UP_MS, warmUp);
    const [cpuBefore, machineBefore] = [this.cpu(), machineCpuUs()];
    const measuredFrom = performance.now();
    const measured = new Set<string>();
    await this.send(pacer, beganAt + WARM_UP_MS + MEASURED_MS, measured, perSecond / SAMPLES_PER_SECOND);
    const elapsedMs = performance.now() - measuredFrom;
    const cpuAfter = this.cpu();
    const otherUs = machineCpuUs() - machineBefore - (totalOf(cpuAfter) - totalOf(cpuBefore));
    const otherCores = otherUs / 1_000 / elapsedMs;
    return { total: warmUp.size + measured.size, measured, elapsedMs, cpuBefore, cpuAfter, otherCores };
  }

  /** @param sampleEvery every n-th transaction is watched until it is readable. */
  private async send(pacer: Pacer, untilMs: number, ids: Set<string>, sampleEvery = Infinity): Promise<void> {
    const { stack, traffic, context } = this.parts;
    let nextSample = sampleEvery;
    // Calls keep their order, so the next one may start before the previous one is acknowledged; a failure is thrown
    // at the end.
    let writing: Promise<unknown> = Promise.resolve();
    while (performance.now() < untilMs && !context.host.interrupted.aborted) {
      await delay(SEND_EVERY_MS, context.host.interrupted);
      const piece = traffic.take(await pacer.take(Infinity));
      writing = Promise.all([writing, sendPiece(stack.producer, piece)]);
      writing.catch(() => undefined);
      for (const transaction of piece.transactions) {
        ids.add(transaction.transaction_id);
        if (ids.size < nextSample) continue;
        this.probe.watch(transaction);
        nextSample += sampleEvery;
      }
    }
    await writing;
  }

  private cpu(): CpuTimes {
    const { user, system } = process.cpuUsage();
    return new Map([...cpuTimes([this.parts.stack.servers, ...this.services]), ['load', user + system]]);
  }
}

function totalOf(times: CpuTimes): number {
  return [...times.values()].reduce((sum, us) => sum + us, 0);
}

/** Rising medians mean that the rate was above what the system sustains. */
function mediansByThird(values: readonly number[]): readonly number[] {
  const third = Math.ceil(values.length / 3);
  return [0, 1, 2].map((n) => Math.round(percentiles(values.slice(n * third, (n + 1) * third)).p50));
}

function latencies(
  ids: ReadonlySet<string>,
  from: ReadonlyMap<string, number>,
  to: ReadonlyMap<string, number>,
): readonly number[] {
  const found: number[] = [];
  for (const id of ids) {
    const [fromMs, toMs] = [from.get(id), to.get(id)];
    if (fromMs !== undefined && toMs !== undefined) found.push(toMs - fromMs);
  }
  return found;
}
