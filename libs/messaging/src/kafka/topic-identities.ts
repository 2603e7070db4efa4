import type { KafkajsCluster } from './kafkajs-internals.js';
import { TOPIC_ID_VERSION, topicIdentitiesCall } from './metadata-call.js';

const METADATA_API_KEY = 3;
const SHORT_ID_CHARACTERS = 8;

/**
 * Which incarnation of each topic there is now, as a short text made from the topic's id: a topic that is deleted and created again gets
 * another one. Topics that are unknown are left out, and so are all on brokers before Kafka 2.8, which have no topic ids.
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
