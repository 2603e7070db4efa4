import type { ConfigResourceTypes, ITopicConfig } from 'kafkajs';
import type { TopicSpec } from '../port/bus.js';

/** kafkajs's ConfigResourceTypes.TOPIC. */
export const TOPIC_RESOURCE = 2 satisfies ConfigResourceTypes;

/** How a topic is created on the broker. */
export function asTopicConfig(topic: TopicSpec): ITopicConfig {
  return {
    topic: topic.name,
    numPartitions: topic.partitions,
    ...(topic.replicationFactor === undefined ? {} : { replicationFactor: topic.replicationFactor }),
    configEntries: [
      { name: 'cleanup.policy', value: topic.cleanup },
      { name: 'retention.ms', value: String(topic.retentionMs) },
      // Under producer time, a replay of last year's events would be deleted as it arrives.
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
      // Producers may compress as they like; the broker unpacks once what every reader would have to.
      { name: 'compression.type', value: 'uncompressed' },
      { name: 'max.message.bytes', value: String(topic.maxMessageBytes) },
    ],
  };
}
