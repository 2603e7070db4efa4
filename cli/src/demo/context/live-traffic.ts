import {
  grpcAddress,
  LiveFeed,
  predictInput,
  type PredictInput,
  PredictLoad,
  type TrafficItem,
} from '@fraudflow/bench';
import type { DemoContext } from './demo-context.js';

const PREDICT_DEADLINE_MS = 2_000;

/** The live traffic: records for Kafka and, concurrently, Predict calls as of a payment backend. */
export class LiveTraffic {
  readonly predicts: PredictLoad;
  private readonly feed: LiveFeed;
  private requested = 0;
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
      transactionsAhead: (items) => this.requestPredictions(items),
      backlog: () => observer.lag,
    });
  }

  start(): void {
    this.feed.start((thrown) => {
      this.context.observer.failure = thrown instanceof Error ? thrown : new Error(String(thrown));
    });
  }

  /** Number of live days that have begun. */
  get days(): number {
    return this.context.source.days - this.context.options.historyDays;
  }

  /** Resolves when all records are acknowledged and all calls have ended. */
  async stop(): Promise<void> {
    await this.feed.stop();
    await this.predicts.stop();
  }

  private requestPredictions(items: readonly TrafficItem[]): void {
    const { options, observer } = this.context;
    observer.eventTimeMs = items.at(-1)?.atMs ?? observer.eventTimeMs;
    observer.duplicatesSent += items.filter((item) => item.kind === 'duplicate').length;
    const good = items.filter((item) => item.transaction !== undefined);
    const inputs: PredictInput[] = [];
    for (const item of good) {
      this.passed++;
      // Every n-th transaction, so that the calls are spread over the whole feed.
      if (this.requested * options.perSecond >= this.passed * options.predictsPerSecond) continue;
      this.requested++;
      inputs.push(predictInput(item));
    }
    this.predicts.request(inputs);
  }
}
