import { PredictLoad } from '../../bench/load/predict-load.js';
import type { PredictInput } from '../../bench/load/predict-protocol.js';
import type { DemoContext } from './demo-context.js';
import { grpcAddress } from './service-addresses.js';
import { LiveFeed } from '../traffic/live-feed.js';
import type { TrafficItem } from '../traffic/traffic-source.js';

const PREDICT_DEADLINE_MS = 2_000;

/** The live part: the feed into Kafka and, beside it, a payment backend that asks before it authorises. */
export class LiveTraffic {
  readonly predicts: PredictLoad;
  private readonly feed: LiveFeed;
  private asked = 0;
  private passed = 0;

  constructor(private readonly context: DemoContext) {
    const { options, observer, source, stack, writer } = context;
    this.predicts = new PredictLoad({
      address: grpcAddress(stack, 'scorer'),
      perSecond: options.predictsPerSecond,
      deadlineMs: PREDICT_DEADLINE_MS,
    });
    observer.predicts = this.predicts;
    this.feed = new LiveFeed(source, writer, options.perSecond, {
      transactionsAhead: (items) => this.askAbout(items),
      backlog: () => observer.lag,
    });
  }

  start(): void {
    this.feed.start((thrown) => {
      this.context.observer.failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    });
  }

  /** Live days begun so far. */
  get days(): number {
    return this.context.source.days - this.context.options.historyDays;
  }

  /** Everything sent is acknowledged and every call has ended. */
  async stop(): Promise<void> {
    await this.feed.stop();
    await this.predicts.stop();
  }

  private askAbout(items: readonly TrafficItem[]): void {
    const { options, observer } = this.context;
    observer.eventTimeMs = items.at(-1)?.atMs ?? observer.eventTimeMs;
    observer.duplicatesSent += items.filter((item) => item.kind === 'duplicate').length;
    const good = items.filter((item) => item.transaction !== undefined);
    const inputs: PredictInput[] = [];
    for (const item of good) {
      this.passed++;
      // Every so-many-th, so that the calls last as long as the feed does.
      if (this.asked * options.perSecond >= this.passed * options.predictsPerSecond) continue;
      this.asked++;
      inputs.push(predictInput(item));
    }
    this.predicts.ask(inputs);
  }
}

/** A transaction as the request path asks about it. */
export function predictInput({ transaction, atMs }: TrafficItem): PredictInput {
  return {
    transactionId: transaction?.transactionId ?? '',
    occurredAtMs: atMs,
    customerId: transaction?.customerId ?? '',
    terminalId: transaction?.terminalId ?? '',
    amountMinor: Math.round((transaction?.amount ?? 0) * 100),
  };
}
