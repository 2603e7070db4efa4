import { createLayout, layoutOf } from '../system/layout.js';
import { warnOfFullDisk } from '../system/disk-space.js';
import { claimDataDir } from './claim.js';
import { endLeftovers } from './leftovers.js';
import type { StackHandle } from './stack-handle.js';
import type { StackOptions } from './settings/stack-options.js';
import { Stack } from './stack.js';

/**
 * Runs Kafka, Redis, Postgres and the chosen services until `stop()`. Resolves when all of them are ready. If the
 * calling process ends, even by a kill, all parts end.
 * @throws AppError conflict if a stack runs on that data folder; unavailable if a part does not start, with the end of
 * its log; failed_precondition if something must be installed or repaired first. No part is left running then.
 */
export async function startStack(options: StackOptions): Promise<StackHandle> {
  const layout = layoutOf(options.dataDir);
  createLayout(layout);
  const claim = claimDataDir(layout);
  const stack = new Stack(layout, options, claim);
  try {
    const leftovers = await endLeftovers(layout);
    if (leftovers.length > 0) {
      options.onEvent?.({
        type: 'notice',
        text: `ended processes that a killed run had left: ${leftovers.join(', ')}`,
      });
    }
    await warnOfFullDisk(layout.root, (text) => options.onEvent?.({ type: 'notice', text }));
    await stack.start();
    return stack;
  } catch (thrown) {
    await stack.stop();
    throw thrown;
  }
}
