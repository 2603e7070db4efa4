import { RegistryClient } from '@fraudflow/registry-client';
import { type DemoContext, waitUntil } from '../context/demo-context.js';
import { httpAddress, percentiles } from '@fraudflow/bench';
import { readDelivery } from '../facts/read-delivery.js';
import type { VersionStory } from '../facts/story.js';
import { type DemoSummary, latencySummary, type ModelSummary, modelSummary } from '../facts/summary.js';
import type { LiveTraffic } from '../context/live-traffic.js';

const DRAIN_LIMIT_MS = 30_000;
const LOST_IDS_SHOWN = 10;

/** When live traffic ran, by the wall clock, ms since the epoch. */
export interface LiveSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * (f) Waits until the stream is empty, then counts every id on the topics and reads the other figures from the registry
 * and the monitor's topics.
 */
export async function summaryPhase(
  context: DemoContext,
  traffic: LiveTraffic,
  span: LiveSpan,
  driftedAtMs: number | undefined,
): Promise<DemoSummary> {
  const { board, log, observer, options, stack } = context;
  board.begin('summary');
  await drained(context);
  const ledger = await readDelivery(log, (share) => board.progress(share, 'counting every transaction by id'));
  const latenciesMs = ledger.latenciesMs(span.fromMs, span.toMs);
  const closedBy = driftedAtMs === undefined ? undefined : observer.story.closedBy(driftedAtMs);
  const models = await modelSummaries(httpAddress(stack, 'registry'), observer.story.models);
  board.progress(1, '');
  board.end();
  return {
    counts: ledger.counts(),
    latency_ms: {
      event_to_score: latencySummary(percentiles(latenciesMs)),
      predict: latencySummary(traffic.predicts.overallMs()),
    },
    models,
    drift: observer.story.drift,
    loop_closed: closedBy !== undefined && observer.scores.byVersion.has(closedBy),
    memory_mb: observer.memory.peaks(),
    seconds: board.seconds(),
    evidence: {
      predict_calls: traffic.predicts.answered + traffic.predicts.failed,
      predict_failures: traffic.predicts.failures,
      live_transactions: latenciesMs.length,
      unexpected_scores: ledger.unexpected,
      lost_ids: ledger.lostIds(LOST_IDS_SHOWN),
      restarts: Object.fromEntries(Object.entries(stack.restartCounts()).filter(([, count]) => count > 0)),
      seed: options.seed,
    },
  };
}

/** Waits for the last score. The count reports scores that are still missing after the limit. */
async function drained(context: DemoContext): Promise<void> {
  const { board, observer, view } = context;
  const giveUpAtMs = performance.now() + DRAIN_LIMIT_MS;
  const isDry = (): boolean => observer.lag === 0 || performance.now() > giveUpAtMs;
  // The counts of the observer are up to one poll old.
  const looked = performance.now() + 1_000;
  await waitUntil(context, () => performance.now() > looked && isDry(), {
    what: 'the last score',
    limitMs: 2 * DRAIN_LIMIT_MS,
    onPoll: () => board.progress(undefined, `${observer.lag} records still in flight`),
  });
  if (observer.lag > 0) view.note(`${observer.lag} records were not scored within ${DRAIN_LIMIT_MS / 1_000} s`);
}

async function modelSummaries(registry: string, versions: readonly VersionStory[]): Promise<readonly ModelSummary[]> {
  const client = new RegistryClient(registry);
  return Promise.all(
    versions.map(async (version) => {
      const metrics = version.runId === undefined ? [] : (await client.getRun(version.runId)).data.metrics;
      return modelSummary(version, new Map(metrics.map(({ key, value }) => [key, value])));
    }),
  );
}
