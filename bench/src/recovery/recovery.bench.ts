import { featuresTopic, type ValidatedTransaction } from '@fraudflow/contracts';
import { grpcAddress } from '../system/service-addresses.js';
import { RecordCount } from '../system/catch-up.js';
import type { Bench, BenchContext, OpenBench } from '../contract/bench.js';
import { awaitFeatures } from '../features/features-log.js';
import { StoredRows } from '../features/stored-rows.js';
import { sendBacklog } from '../load/validated-traffic.js';
import type { RunFigures } from '../report/figure.js';
import { BenchStack, stackVersions } from '../stack/bench-stack.js';
import { measureEmptied } from './emptied.js';
import { historyTraffic } from './history-traffic.js';
import { measureKill } from './killed.js';
import { OnlineFeatureReader } from '../load/online-feature-reader.js';
import { FEATURE_STORE, type RecoveryParts, untilCaughtUp } from './recovery-parts.js';
import { StageStates } from './stage-states.js';

/** Transactions of the repeated read, few enough not to disturb the measurement. */
const SAMPLE = 200;

/** The feature store with a long history, after a kill and after the loss of Redis. */
export const recoveryBench: Bench = {
  name: 'recovery',
  description: 'the feature store with a long history: from kill -9 to caught up, from an emptied Redis to rebuilt',
  async open(context: BenchContext): Promise<OpenBench> {
    const stack = await BenchStack.start(context, ['kafka', 'redis', 'postgres']);
    const toClose: { close(): void }[] = [];
    try {
      const traffic = historyTraffic();
      const { history } = context.options;
      context.note(`writing ${history} transactions of history: ${traffic.source}`);
      const newest = await sendBacklog(stack.producer, traffic, history);
      const features = RecordCount.fromBeginning(stack.bus.admin, featuresTopic.name);
      const service = await stack.startService(FEATURE_STORE);
      const states = await StageStates.open(stack.servers.addresses.redisUrl, stack.bus.admin);
      toClose.push(states);
      const reader = new OnlineFeatureReader(grpcAddress(service, FEATURE_STORE));
      toClose.push(reader);
      const parts = { context, stack, service, traffic, states, reader };
      await untilFilled(parts, features);
      const versions = { ...(await stackVersions()), history: `${history} transactions, ${traffic.source}` };
      return new RecoveryBench(parts, newest.slice(-SAMPLE), versions);
    } catch (thrown) {
      // An open connection would reconnect endlessly and keep the process alive.
      for (const part of toClose) part.close();
      await stack.close();
      throw thrown;
    }
  },
};

/**
 * Waits until the whole history is on `features`, in the online store and in the offline store, so that it does not
 * disturb the measurement.
 */
async function untilFilled(parts: RecoveryParts, features: RecordCount): Promise<void> {
  const { context, service } = parts;
  const { history } = context.options;
  await awaitFeatures(features, history, context.host.interrupted);
  await untilCaughtUp(parts);
  const rows = await StoredRows.open(service.addresses.postgresUrl);
  try {
    await rows.await(history, context.host.interrupted);
  } finally {
    await rows.close();
  }
}

class RecoveryBench implements OpenBench {
  constructor(
    private readonly parts: RecoveryParts,
    private readonly sample: readonly ValidatedTransaction[],
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  async measure(): Promise<RunFigures> {
    const killed = await measureKill(this.parts);
    // Compares the states after the kill with states that are recomputed from the log.
    return { ...killed, ...(await measureEmptied(this.parts, this.sample)) };
  }

  async close(): Promise<void> {
    this.parts.reader.close();
    this.parts.states.close();
    await this.parts.stack.close();
  }
}
