import {
  featuresByTerminalTopic,
  featuresTopic,
  labelsValidatedTopic,
  transactionsTopic,
  transactionsValidatedTopic,
} from '@fraudflow/contracts';
import { defineStreams, type StreamProducer } from '@fraudflow/messaging';

/** What the feature store reads, writes and keeps; it starts exactly this. */
export const streams = defineStreams({
  service: 'feature-store',
  consume: { labels: { topic: labelsValidatedTopic, group: 'feature-store.label-router' } },
  readers: {
    customers: { topics: [transactionsValidatedTopic], group: 'feature-store.customer' },
    terminals: { topics: [featuresByTerminalTopic], group: 'feature-store.terminal' },
    sink: { topics: [featuresTopic, featuresByTerminalTopic], group: 'feature-store.sink' },
  },
  produce: [featuresByTerminalTopic, featuresTopic],
  deadLetters: [transactionsTopic],
  state: {
    customers: { store: 'Redis', name: 'customer', holds: 'customer windows' },
    terminals: { store: 'Redis', name: 'terminal', holds: 'terminal windows and labels' },
    offline: { store: 'Postgres', name: 'offline', holds: 'offline store' },
    pushed: { store: 'Postgres', name: 'pushed', holds: 'pushed rows, as a history' },
    pushedOnline: { store: 'Redis', name: 'ff', holds: 'newest pushed rows' },
  },
});

/** A producer for the feature store's outputs. */
export type FeatureStoreProducer = StreamProducer<typeof streams>;
