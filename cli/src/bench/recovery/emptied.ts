import { transactionsValidatedTopic, type ValidatedTransaction } from '@fraudflow/contracts';
import { failedPrecondition } from '@fraudflow/core';
import { appendedCount } from '../../replay/catch-up.js';
import type { RunFigures } from '../report/figure.js';
import { cpuFigures, cpuTimes } from '../stack/process-costs.js';
import { type RecoveryParts, untilCaughtUp, untilHolds } from './recovery-parts.js';
import { differingKeys } from './stage-states.js';

const LOOK = { everyMs: 200, limitMs: 600_000 };

/**
 * Empties Redis while no traffic comes. Rebuilt is when every stage partition says that its states are complete and
 * reads are no longer flagged; every read before that must be flagged or be what it was. Then every state must be what
 * it was, bit for bit, but for expired ones.
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
  const tookMs = await untilHolds('the rebuild', isRebuilt, { sinceMs, ...LOOK, signal: context.cli.interrupted });
  const cpuAfter = cpuTimes(stacks);
  await untilCaughtUp(parts);
  const differing = differingKeys(before, await states.stored());
  if (differing.length > 0) {
    const some = differing.slice(0, 3).join(', ');
    throw failedPrecondition(`${differing.length} of ${before.size} states are not what they were: ${some}`);
  }
  return {
    emptied_to_rebuilt: { value: tookMs / 1_000, unit: 's' },
    ...cpuFigures(cpu, cpuAfter, await appendedCount(stack.bus.admin, transactionsValidatedTopic.name), 'rebuild_cpu'),
    rebuilt_states: { value: before.size, unit: 'keys' },
    'memory_feature-store': { value: service.memoryMb()['feature-store'] ?? Number.NaN, unit: 'MiB' },
  };
}

/**
 * The same question over and over: no answer may differ from the first one without saying that it may be incomplete.
 */
class SampledReads {
  private constructor(
    private readonly parts: RecoveryParts,
    private readonly sample: readonly ValidatedTransaction[],
    private readonly content: string,
  ) {}

  static async begin(parts: RecoveryParts, sample: readonly ValidatedTransaction[]): Promise<SampledReads> {
    const answer = await parts.answers.ask(sample);
    if (answer === undefined || answer.isStale) throw failedPrecondition('the feature store is not at rest');
    return new SampledReads(parts, sample, answer.content());
  }

  async areAsBefore(): Promise<boolean> {
    const answer = await this.parts.answers.ask(this.sample);
    if (answer === undefined || answer.isStale) return false;
    if (answer.content() === this.content) return true;
    throw failedPrecondition('a read gave other numbers while state was being rebuilt, and did not say so');
  }
}
