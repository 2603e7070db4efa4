import type { Bench, BenchContext, OpenBench } from '../contract/bench.js';
import { ValidatedTraffic } from '../load/validated-traffic.js';
import type { RunFigures } from '../report/figure.js';
import { BenchStack, stackVersions } from '../stack/bench-stack.js';
import { type BacklogParts, measureBacklog } from './backlog.js';
import { measureSteady } from './steady.js';

/** The whole feature store without the other five services. */
export const featuresBench: Bench = {
  name: 'features',
  description: 'the feature store: validated transactions to features on the topic, in Redis and in Postgres',
  async open(context: BenchContext): Promise<OpenBench> {
    const stack = await BenchStack.start(context, ['kafka', 'redis', 'postgres']);
    const transactions = String(context.options.transactions);
    const workers = String(context.options.workers);
    return new FeaturesBench(
      { context, stack, traffic: new ValidatedTraffic() },
      { ...(await stackVersions()), transactions, workers },
    );
  },
};

class FeaturesBench implements OpenBench {
  constructor(
    private readonly parts: BacklogParts,
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  /** Each run continues the event time of the previous one and loads its states from Redis. */
  async measure(): Promise<RunFigures> {
    const { services, perSecond, figures } = await measureBacklog(this.parts);
    try {
      return { ...figures, ...(await measureSteady(this.parts, services, perSecond)) };
    } finally {
      await Promise.all(services.map((service) => service.stop()));
    }
  }

  close(): Promise<void> {
    return this.parts.stack.close();
  }
}
