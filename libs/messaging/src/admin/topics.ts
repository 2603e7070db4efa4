import { deadLetterTopicName, type TopicDefinition } from '@fraudflow/contracts';
import { type AppError, failedPrecondition } from '@fraudflow/core';
import type { BusAdmin, TopicSpec } from '../port/bus.js';

/** Values of an installation for topics that do not set their own. */
export interface TopicDefaults {
  /** Partitions of topics that do not fix their own number. */
  readonly partitions: number;
  /**
   * Largest record that the broker accepts on topics with external producers, bytes. Default 8 MiB: a value above the
   * limit must reach the log to be dead-lettered.
   */
  readonly externalMaxMessageBytes?: number;
  /** Replicas of each partition of new topics. 0 or undefined: the broker's default. */
  readonly replicationFactor?: number;
  /**
   * Largest record accepted at any interface, bytes. Internal topics accept this size plus the bytes that each hop
   * adds. Default 64 KiB.
   */
  readonly maxRecordBytes?: number;
  /** Retention of topics with external producers, ms. Default: the retention in their definitions. */
  readonly inputRetentionMs?: number;
}

/** The parts of a definition that concern the broker; every `TopicDefinition` has them, whatever its value type. */
export type TopicShape = Pick<
  TopicDefinition,
  'name' | 'partitions' | 'retentionMs' | 'cleanup' | 'owner' | 'deadLetters' | 'deadLetterRetentionMs'
>;

/** Twice the largest record that can be configured: each hop adds names, features and headers to it. */
const INTERNAL_MAX_MESSAGE_BYTES = 2 * 1024 * 1024;
const DEFAULT_MAX_RECORD_BYTES = 64 * 1024;
/** Upper bound of the bytes that all hops together add to a record. */
const ADDED_BYTES = 64 * 1024;
const EXTERNAL_MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Upper bound of the dead-letter headers, bytes. */
const DEAD_LETTER_EXTRA_BYTES = 64 * 1024;

/** The required shape of a topic, and its role. */
interface Wanted {
  readonly spec: TopicSpec;
  readonly role: 'external' | 'internal' | 'dead letters';
}

/**
 * Creates the missing topics and dead-letter topics and returns the names that it created. Checks the settings of
 * existing ones.
 * @throws AppError `failed_precondition`: PARTITION_COUNT_DIFFERS if an existing topic of ours has another partition
 * count (state is placed by partition; topics with external producers may have any count), TOPIC_SETTINGS_UNSUITABLE if
 * its settings would corrupt or lose data, REPLICATION_FACTOR_TOO_LARGE if there are too few brokers
 */
export async function ensureTopics(
  admin: BusAdmin,
  topics: readonly TopicShape[],
  defaults: TopicDefaults,
): Promise<readonly string[]> {
  const wanted = topics.flatMap((topic) => wantedOf(topic, defaults));
  const created = await admin.createTopics(wanted.map(({ spec }) => spec));
  const fresh = new Set(created);
  for (const existing of wanted.filter(({ spec }) => !fresh.has(spec.name))) {
    await checkPartitions(admin, existing);
    await checkSettings(admin, existing, defaults.maxRecordBytes ?? DEFAULT_MAX_RECORD_BYTES);
  }
  return created;
}

async function checkPartitions(admin: BusAdmin, { spec, role }: Wanted): Promise<void> {
  const found = await admin.partitionCount(spec.name);
  // Records of external topics and dead letters are repartitioned by key when they are read or replayed.
  if (role !== 'internal' || found === spec.partitions) return;
  throw failedPrecondition(
    `topic ${spec.name} has ${found} partitions, but ${spec.partitions} are configured. State is placed by partition, so the count is ` +
      'fixed at creation: configure the count it has, or use new topics.',
    { code: 'PARTITION_COUNT_DIFFERS' },
  );
}

async function checkSettings(admin: BusAdmin, { spec, role }: Wanted, maxRecordBytes: number): Promise<void> {
  const settings = role === 'dead letters' ? undefined : await admin.settings(spec.name);
  if (settings === undefined) return;
  if (settings['message.timestamp.type'] === 'CreateTime') {
    const why =
      'the append time decides whether an event time is in the future or too late, and with another setting producers may write any time';
    throw unsuitable(spec.name, 'message.timestamp.type', 'LogAppendTime', why);
  }
  const topicMaxBytes = Number(settings['max.message.bytes'] ?? Number.POSITIVE_INFINITY);
  const needed = maxRecordBytes + (role === 'internal' ? ADDED_BYTES : 0);
  if (topicMaxBytes < needed && role === 'internal') {
    const why = `it accepts ${topicMaxBytes} bytes, and records of ${maxRecordBytes} (FRAUDFLOW_MAX_RECORD_BYTES) grow at each hop`;
    throw unsuitable(spec.name, 'max.message.bytes', String(spec.maxMessageBytes), why);
  }
  if (topicMaxBytes < needed) {
    const text = `the topic accepts at most ${topicMaxBytes} bytes, less than the ${maxRecordBytes} that the other interfaces accept: set its max.message.bytes`;
    admin.warn({ event: 'topic_setting_differs', topic: spec.name }, text);
  }
  const cleanup = settings['cleanup.policy'];
  if (cleanup !== undefined && cleanup !== spec.cleanup) {
    const text = `the topic's cleanup.policy is ${cleanup}, not ${spec.cleanup}: lost state cannot be rebuilt from records that compaction removed`;
    if (spec.cleanup === 'delete') admin.warn({ event: 'topic_setting_differs', topic: spec.name }, text);
  }
}

function unsuitable(topic: string, setting: string, value: string, why: string): AppError {
  return failedPrecondition(
    `topic ${topic} has an unsuitable ${setting}: ${why}. Set it to ${value}: ` +
      `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${setting}=${value}`,
    { code: 'TOPIC_SETTINGS_UNSUITABLE', field: setting },
  );
}

function wantedOf(topic: TopicShape, defaults: TopicDefaults): Wanted[] {
  const external = topic.owner === 'external';
  const spec: TopicSpec = {
    name: topic.name,
    partitions: topic.partitions ?? defaults.partitions,
    retentionMs: (external ? defaults.inputRetentionMs : undefined) ?? topic.retentionMs,
    cleanup: topic.cleanup,
    maxMessageBytes: external
      ? (defaults.externalMaxMessageBytes ?? EXTERNAL_MAX_MESSAGE_BYTES)
      : INTERNAL_MAX_MESSAGE_BYTES,
    replicationFactor: defaults.replicationFactor === 0 ? undefined : defaults.replicationFactor,
  };
  const wanted: Wanted = { spec, role: external ? 'external' : 'internal' };
  if (!topic.deadLetters) return [wanted];
  const maxMessageBytes = spec.maxMessageBytes + DEAD_LETTER_EXTRA_BYTES;
  const retentionMs = topic.deadLetterRetentionMs;
  const letters: TopicSpec = {
    ...spec,
    name: deadLetterTopicName(topic.name),
    cleanup: 'delete',
    maxMessageBytes,
    retentionMs,
  };
  return [wanted, { spec: letters, role: 'dead letters' }];
}
