import { deadLetterTopicName, type TopicDefinition } from '@fraudflow/contracts';
import { failedPrecondition } from '@fraudflow/core';
import type { BusAdmin, TopicSpec } from '../port/bus.js';

export interface TopicDefaults {
  /** Partitions of topics that do not fix their own number. */
  readonly partitions: number;
  /** Largest record the broker takes on topics that outsiders write, bytes. Default 8 MiB: a too large value must arrive to be dead-lettered. */
  readonly externalMaxMessageBytes?: number;
  /** Age bound of topics that outsiders write, ms. Default: what their definitions say. */
  readonly inputRetentionMs?: number;
}

/** The parts of a definition that concern the broker; every `TopicDefinition` has them, whatever its value type. */
export type TopicShape = Pick<
  TopicDefinition,
  'name' | 'partitions' | 'retentionMs' | 'cleanup' | 'owner' | 'deadLetters' | 'deadLetterRetentionMs'
>;

const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;
const EXTERNAL_MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Room for the dead-letter headers. */
const DEAD_LETTER_EXTRA_BYTES = 64 * 1024;

/**
 * Creates what is missing of the topics and their dead-letter topics; returns the names it created.
 * @throws AppError `failed_precondition` (PARTITION_COUNT_DIFFERS) if an existing topic has another partition count: state is placed by partition.
 */
export async function ensureTopics(
  admin: BusAdmin,
  topics: readonly TopicShape[],
  defaults: TopicDefaults,
): Promise<readonly string[]> {
  const specs = topics.flatMap((topic) => specsOf(topic, defaults));
  const created = await admin.createTopics(specs);
  const fresh = new Set(created);
  for (const spec of specs) {
    if (fresh.has(spec.name)) continue;
    const found = await admin.partitionCount(spec.name);
    if (found === spec.partitions) continue;
    throw failedPrecondition(
      `topic ${spec.name} has ${found} partitions, but ${spec.partitions} are configured. State is placed by partition, so the count is ` +
        'fixed at creation: configure the count it has, or use new topics.',
      { code: 'PARTITION_COUNT_DIFFERS' },
    );
  }
  return created;
}

function specsOf(topic: TopicShape, defaults: TopicDefaults): TopicSpec[] {
  const external = topic.owner === 'external';
  const spec: TopicSpec = {
    name: topic.name,
    partitions: topic.partitions ?? defaults.partitions,
    retentionMs: (external ? defaults.inputRetentionMs : undefined) ?? topic.retentionMs,
    cleanup: topic.cleanup,
    maxMessageBytes: external
      ? (defaults.externalMaxMessageBytes ?? EXTERNAL_MAX_MESSAGE_BYTES)
      : DEFAULT_MAX_MESSAGE_BYTES,
  };
  if (!topic.deadLetters) return [spec];
  const maxMessageBytes = spec.maxMessageBytes + DEAD_LETTER_EXTRA_BYTES;
  const retentionMs = topic.deadLetterRetentionMs;
  return [spec, { ...spec, name: deadLetterTopicName(topic.name), cleanup: 'delete', maxMessageBytes, retentionMs }];
}
