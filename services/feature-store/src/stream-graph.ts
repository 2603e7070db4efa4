import {
  deadLetterTopicName,
  featuresByTerminalTopic,
  featuresTopic,
  labelsValidatedTopic,
  type StreamGraph,
  transactionsTopic,
  transactionsValidatedTopic,
} from '@fraudflow/contracts';
import { SINK_GROUP } from './offline/sink/sink.consumer.js';
import { CUSTOMER_GROUP } from './stream/customer-stage.js';
import { LABEL_ROUTER_GROUP } from './stream/label-router.js';
import { TERMINAL_GROUP } from './stream/terminal-stage.js';

export const streamGraph: StreamGraph = {
  service: 'feature-store',
  consumes: [
    { topic: transactionsValidatedTopic.name, group: CUSTOMER_GROUP },
    { topic: labelsValidatedTopic.name, group: LABEL_ROUTER_GROUP },
    { topic: featuresByTerminalTopic.name, group: TERMINAL_GROUP },
    { topic: featuresTopic.name, group: SINK_GROUP },
    { topic: featuresByTerminalTopic.name, group: SINK_GROUP },
  ],
  produces: [featuresByTerminalTopic.name, featuresTopic.name, deadLetterTopicName(transactionsTopic.name)],
  state: ['Redis: customer windows', 'Redis: terminal windows and labels', 'Postgres: offline store'],
  calls: [],
};
