import {
  deadLetterTopicName,
  featuresTopic,
  labelsTopic,
  transactionsScoredTopic,
  transactionsTopic,
  transactionsValidatedTopic,
} from '@fraudflow/contracts';
import { appendedCount, type LogReader } from '@fraudflow/bench';

const TOPICS = {
  transactions: transactionsTopic.name,
  rejected: deadLetterTopicName(transactionsTopic.name),
  validated: transactionsValidatedTopic.name,
  features: featuresTopic.name,
  scored: transactionsScoredTopic.name,
  labels: labelsTopic.name,
} as const;

export type FlowName = keyof typeof TOPICS;

export interface Flow {
  /** Records in the topic. */
  readonly count: number;
  /** Records a second between the last two polls. */
  readonly perSecond: number;
}

export type Flows = Readonly<Record<FlowName, Flow>>;

const STILL: Flow = { count: 0, perSecond: 0 };
export const NO_FLOW: Flows = {
  transactions: STILL,
  rejected: STILL,
  validated: STILL,
  features: STILL,
  scored: STILL,
  labels: STILL,
};

/**
 * Counts the records of topics by their end offsets, without reading them. Topics of writers with fencing contain
 * markers, which are not records; for those topics the caller provides a count.
 */
export class FlowMeter {
  private last: Flows = NO_FLOW;
  private lastPollMs: number | undefined;

  constructor(
    private readonly log: Pick<LogReader, 'offsets'>,
    private readonly exact: Partial<Record<FlowName, () => Promise<number>>> = {},
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  async poll(): Promise<Flows> {
    const names = Object.keys(TOPICS) as FlowName[];
    const counts = await Promise.all(names.map((name) => this.count(name)));
    const nowMs = this.nowMs();
    const seconds = this.lastPollMs === undefined ? Infinity : Math.max(1e-3, (nowMs - this.lastPollMs) / 1_000);
    const flows = names.map((name, index): [FlowName, Flow] => {
      const count = counts[index] ?? 0;
      return [name, { count, perSecond: (count - this.last[name].count) / seconds }];
    });
    this.lastPollMs = nowMs;
    this.last = Object.fromEntries(flows) as Record<FlowName, Flow>;
    return this.last;
  }

  private count(name: FlowName): Promise<number> {
    return this.exact[name]?.() ?? appendedCount(this.log, TOPICS[name]);
  }
}
