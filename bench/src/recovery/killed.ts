import { featuresTopic, type ValidatedTransaction } from '@fraudflow/contracts';
import { delay, failedPrecondition } from '@fraudflow/core';
import { RecordCount } from '../system/catch-up.js';
import { awaitFeatures } from '../features/features-log.js';
import type { RunFigures } from '../report/figure.js';
import { LiveTraffic } from './live-traffic.js';
import { FEATURE_STORE, type RecoveryParts, untilCaughtUp, pollUntil } from './recovery-parts.js';

const PER_SECOND = 1_000;
const BEFORE_MS = 5_000;
/** Age of the transactions that must be readable, and the span of them that a poll checks. */
const LAG_MS = 1_000;
const CHECKED_MS = 200;
const LOOK = { everyMs: 50, limitMs: 120_000 };

/**
 * Kills the feature store with -9 under steady traffic; its supervisor restarts it. It has caught up when every
 * transaction of the last second before the kill is readable, and every transaction sent a second before the poll: then
 * at most a second of traffic is missing.
 */
export async function measureKill(parts: RecoveryParts): Promise<RunFigures> {
  const { context, stack, service, states, traffic } = parts;
  const signal = context.host.interrupted;
  const features = await RecordCount.fromEnd(stack.bus.admin, featuresTopic.name);
  const live = new LiveTraffic(stack.producer, traffic);
  const watch = new Watch(parts, live);
  live.start(PER_SECOND);
  let sent = 0;
  let figures: RunFigures;
  try {
    await delay(BEFORE_MS, signal);
    await pollUntil('catching up before the kill', () => watch.isUpToDate(), {
      sinceMs: performance.now(),
      ...LOOK,
      signal,
    });
    const sinceMs = performance.now();
    const before = live.sentBetween(sinceMs - LAG_MS, sinceMs);
    service.kill(FEATURE_STORE);
    const answering = await pollUntil('answering', () => watch.isAnswering(), { sinceMs, ...LOOK, signal });
    const readable = await pollUntil('recovery', () => watch.areReadable(before), { sinceMs, ...LOOK, signal });
    const caughtUp = await pollUntil('catching up', () => watch.isUpToDate(), { sinceMs, ...LOOK, signal });
    figures = {
      kill_to_answering: { value: answering / 1_000, unit: 's' },
      kill_to_all_readable: { value: readable / 1_000, unit: 's' },
      kill_to_caught_up: { value: caughtUp / 1_000, unit: 's' },
    };
  } finally {
    sent = await live.stop();
  }
  await awaitFeatures(features, sent, signal);
  await untilCaughtUp(parts);
  const made = await features.exact();
  if (made !== sent) throw failedPrecondition(`${sent} transactions led to ${made} feature records`);
  if (!(await states.areComplete())) throw failedPrecondition('states are incomplete after a kill that lost none');
  return figures;
}

/** Polls the progress of the feature store through its online reads. */
class Watch {
  constructor(
    private readonly parts: RecoveryParts,
    private readonly live: LiveTraffic,
  ) {}

  async isAnswering(): Promise<boolean> {
    const nowMs = performance.now();
    const some = this.live.sentBetween(nowMs - LAG_MS, nowMs).slice(0, 1);
    return some.length > 0 && (await this.parts.reader.read(some)) !== undefined;
  }

  isUpToDate(): Promise<boolean> {
    const nowMs = performance.now();
    return this.areReadable(this.live.sentBetween(nowMs - LAG_MS - CHECKED_MS, nowMs - LAG_MS));
  }

  async areReadable(transactions: readonly ValidatedTransaction[]): Promise<boolean> {
    if (transactions.length === 0) return false;
    const read = await this.parts.reader.read(transactions);
    return read !== undefined && !read.isStale && read.isReached.every(Boolean);
  }
}
