import {
  deadLetterTopicName,
  featuresTopic,
  labelsTopic,
  transactionsScoredTopic,
  transactionsTopic,
  transactionsValidatedTopic,
} from '@fraudflow/contracts';
import { appendedCount } from '../../replay/catch-up.js';
import type { LogReader } from '../../export/topic-reader.js';

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
  /** Records a second between the last two looks. */
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
 * Counts records per topic by their end offsets, without reading any; topics of fenced writers hold markers that are no
 * records, so for those the caller brings a count of its own.
 */
export class FlowMeter {
  private last: Flows = NO_FLOW;
  private lastLookMs: number | undefined;

  constructor(
    private readonly log: Pick<LogReader, 'offsets'>,
    private readonly exact: Partial<Record<FlowName, () => Promise<number>>> = {},
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  async look(): Promise<Flows> {
    const names = Object.keys(TOPICS) as FlowName[];
    const counts = await Promise.all(names.map((name) => this.count(name)));
    const nowMs = this.nowMs();
    const seconds = this.lastLookMs === undefined ? Infinity : Math.max(1e-3, (nowMs - this.lastLookMs) / 1_000);
    const flows = names.map((name, index): [FlowName, Flow] => {
      const count = counts[index] ?? 0;
      return [name, { count, perSecond: (count - this.last[name].count) / seconds }];
    });
    this.lastLookMs = nowMs;
    this.last = Object.fromEntries(flows) as Record<FlowName, Flow>;
    return this.last;
  }

  private count(name: FlowName): Promise<number> {
    return this.exact[name]?.() ?? appendedCount(this.log, TOPICS[name]);
  }
}
