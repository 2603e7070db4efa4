import type { KafkajsCluster } from '../client/kafkajs-internals.js';
import { TOPIC_ID_VERSION, topicIdentitiesCall } from '../calls/metadata-call.js';

const METADATA_API_KEY = 3;
const SHORT_ID_CHARACTERS = 8;

/**
 * The current incarnation of each topic, as a short text derived from the topic id: it changes when the topic is
 * deleted and created again. Unknown topics are omitted, and so are all topics on brokers before Kafka 2.8, which have
 * no topic ids.
 * @throws kafkajs errors
 */
export async function topicIncarnations(
  cluster: KafkajsCluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const broker = await cluster.findControllerBroker();
  if ((broker.versions?.[METADATA_API_KEY]?.maxVersion ?? 0) < TOPIC_ID_VERSION) return new Map();
  const identities = await broker.connectionPool.send(topicIdentitiesCall(topics));
  return new Map(
    identities
      .filter(({ errorCode }) => errorCode === 0)
      .map(({ topic, id }) => [topic, id.slice(0, SHORT_ID_CHARACTERS)]),
  );
}
