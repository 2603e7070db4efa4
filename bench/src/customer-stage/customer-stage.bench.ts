import { join } from 'node:path';
import { failedPrecondition } from '@fraudflow/core';
import { nodeFlags, repositoryRoot } from '@fraudflow/local';
import type { Bench, BenchContext, OpenBench } from '../contract/bench.js';
import { sendBacklog, ValidatedTraffic } from '../load/validated-traffic.js';
import type { RunFigures } from '../report/figure.js';
import { runInChild } from '../stack/run-in-child.js';
import { BenchStack, PARTITIONS, stackVersions } from '../stack/bench-stack.js';
import { cpuFigures, cpuTimes } from '../stack/process-costs.js';

const LIMIT_MS = 10 * 60_000;
// A package must not import a service, so a script started by path does.
const SCRIPT = join(repositoryRoot(), 'bench/scripts/customer-stage.mjs');

/** The first stage of the stream without the rest of its service. */
export const customerStageBench: Bench = {
  name: 'customer-stage',
  description: 'the customer stage alone, catching up a backlog in one process on Kafka and Redis',
  async open(context: BenchContext): Promise<OpenBench> {
    const stack = await BenchStack.start(context, ['kafka', 'redis']);
    try {
      const { transactions } = context.options;
      context.note(`writing ${transactions} transactions`);
      await sendBacklog(stack.producer, new ValidatedTraffic(), transactions);
      const versions = { ...(await stackVersions()), transactions: String(transactions) };
      return new CustomerStageBench(context, stack, versions);
    } catch (thrown) {
      await stack.close();
      throw thrown;
    }
  },
};

/** The script's message. */
interface StageResult {
  readonly total: number;
  readonly outputs: number;
  readonly duplicates: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly residentBytes: number;
}

class CustomerStageBench implements OpenBench {
  constructor(
    private readonly context: BenchContext,
    private readonly stack: BenchStack,
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  async measure(run: number): Promise<RunFigures> {
    const { kafkaBrokers, redisUrl } = this.stack.servers.addresses;
    const before = cpuTimes([this.stack.servers]);
    const result = await runInChild<StageResult>({
      script: SCRIPT,
      job: { brokers: kafkaBrokers, redisUrl, groupId: `bench.customer.${run}`, partitions: PARTITIONS },
      limitMs: LIMIT_MS,
      signal: this.context.host.interrupted,
      execArgv: nodeFlags('feature-store'),
    });
    const after = cpuTimes([this.stack.servers]);
    const { total, outputs, duplicates } = result;
    if (outputs !== total || duplicates > 0) {
      throw failedPrecondition(`${total} transactions led to ${outputs} records, ${duplicates} called duplicates`);
    }
    return {
      events_per_second: { value: result.perSecond, unit: '1/s' },
      from_start_to_done: { value: result.seconds, unit: 's' },
      'cpu_customer-stage': { value: result.cpuUs, unit: 'µs' },
      ...cpuFigures(before, after, total),
      'memory_customer-stage': { value: result.residentBytes / 2 ** 20, unit: 'MiB' },
    };
  }

  close(): Promise<void> {
    return this.stack.close();
  }
}
