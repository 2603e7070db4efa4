import type { ConfigResourceTypes, ITopicConfig } from 'kafkajs';
import type { TopicSpec } from '../../port/bus.js';

/** kafkajs's ConfigResourceTypes.TOPIC. */
export const TOPIC_RESOURCE = 2 satisfies ConfigResourceTypes;

/** The creation request of a topic. */
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
      // Producers may use any codec; the broker unpacks once, so that no reader has to.
      { name: 'compression.type', value: 'uncompressed' },
      { name: 'max.message.bytes', value: String(topic.maxMessageBytes) },
    ],
  };
}
