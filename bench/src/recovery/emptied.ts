import { transactionsValidatedTopic, type ValidatedTransaction } from '@fraudflow/contracts';
import { failedPrecondition } from '@fraudflow/core';
import { appendedCount } from '../system/catch-up.js';
import type { RunFigures } from '../report/figure.js';
import { cpuFigures, cpuTimes } from '../stack/process-costs.js';
import { type RecoveryParts, untilCaughtUp, pollUntil } from './recovery-parts.js';
import { differingKeys } from './stage-states.js';

const LOOK = { everyMs: 200, limitMs: 600_000 };

/**
 * Empties Redis while there is no traffic. The rebuild is complete when every stage partition reports complete states
 * and reads are no longer flagged as stale. Every earlier read must be flagged or equal the read before the loss. Then
 * every state must be the same bit for bit, except expired ones.
 */
export async function measureEmptied(
  parts: RecoveryParts,
  sample: readonly ValidatedTransaction[],
): Promise<RunFigures> {
  const { context, stack, service, states } = parts;
  await untilCaughtUp(parts);
  const before = await states.stored();
  const reads = await SampledReads.begin(parts, sample);
  const stacks = [stack.servers, service];
  const cpu = cpuTimes(stacks);
  const sinceMs = performance.now();
  await states.lose();
  const isRebuilt = async (): Promise<boolean> => (await reads.areAsBefore()) && (await states.areComplete());
  const tookMs = await pollUntil('the rebuild', isRebuilt, { sinceMs, ...LOOK, signal: context.host.interrupted });
  const cpuAfter = cpuTimes(stacks);
  await untilCaughtUp(parts);
  const differing = differingKeys(before, await states.stored());
  if (differing.length > 0) {
    const some = differing.slice(0, 3).join(', ');
    throw failedPrecondition(`${differing.length} of ${before.size} states have changed: ${some}`);
  }
  return {
    emptied_to_rebuilt: { value: tookMs / 1_000, unit: 's' },
    ...cpuFigures(cpu, cpuAfter, await appendedCount(stack.bus.admin, transactionsValidatedTopic.name), 'rebuild_cpu'),
    rebuilt_states: { value: before.size, unit: 'keys' },
    'memory_feature-store': { value: service.memoryMb()['feature-store'] ?? Number.NaN, unit: 'MiB' },
  };
}

/** Repeats one read. Every response must equal the first one or be flagged as stale. */
class SampledReads {
  private constructor(
    private readonly parts: RecoveryParts,
    private readonly sample: readonly ValidatedTransaction[],
    private readonly content: string,
  ) {}

  static async begin(parts: RecoveryParts, sample: readonly ValidatedTransaction[]): Promise<SampledReads> {
    const read = await parts.reader.read(sample);
    if (read === undefined || read.isStale) throw failedPrecondition('the feature store is still processing');
    return new SampledReads(parts, sample, read.content());
  }

  async areAsBefore(): Promise<boolean> {
    const read = await this.parts.reader.read(this.sample);
    if (read === undefined || read.isStale) return false;
    if (read.content() === this.content) return true;
    throw failedPrecondition('a read returned other values during the rebuild and was not flagged as stale');
  }
}
