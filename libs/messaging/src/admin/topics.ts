import { deadLetterTopicName, type TopicDefinition } from '@fraudflow/contracts';
import { type AppError, failedPrecondition } from '@fraudflow/core';
import type { BusAdmin, TopicSpec } from '../port/bus.js';

export interface TopicDefaults {
  /** Partitions of topics that do not fix their own number. */
  readonly partitions: number;
  /** Largest record the broker takes on topics that outsiders write, bytes. Default 8 MiB: a too large value must arrive to be dead-lettered. */
  readonly externalMaxMessageBytes?: number;
  /** Replicas of each partition of topics that are created. 0 or left out: what the brokers are set to. */
  readonly replicationFactor?: number;
  /** Largest record accepted at any interface, bytes; topics inside have room for it and for what is added on the way. Default 64 KiB. */
  readonly maxRecordBytes?: number;
  /** Age bound of topics that outsiders write, ms. Default: what their definitions say. */
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
/** More than all hops together add to a record. */
const ADDED_BYTES = 64 * 1024;
const EXTERNAL_MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Room for the dead-letter headers. */
const DEAD_LETTER_EXTRA_BYTES = 64 * 1024;

/** What a topic should be, and what it is for. */
interface Wanted {
  readonly spec: TopicSpec;
  readonly role: 'external' | 'internal' | 'dead letters';
}

/**
 * Creates what is missing of the topics and their dead-letter topics; returns the names it created. Looks at the settings of those that exist.
 * @throws AppError `failed_precondition`: PARTITION_COUNT_DIFFERS if an existing topic of ours has another partition count (state is placed by
 * partition; topics that outsiders write may have any), TOPIC_SETTINGS_UNSUITABLE if its settings would make data wrong or lose it,
 * REPLICATION_FACTOR_TOO_LARGE if there are too few brokers
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
  // What lies in a topic of others, or is set aside, is placed anew by its key on the way in and out.
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
      'the time a record arrived decides whether its event time is in the future or too late, and producers may write any time there';
    throw unsuitable(spec.name, 'message.timestamp.type', 'LogAppendTime', why);
  }
  const room = Number(settings['max.message.bytes'] ?? Number.POSITIVE_INFINITY);
  const needed = maxRecordBytes + (role === 'internal' ? ADDED_BYTES : 0);
  if (room < needed && role === 'internal') {
    const why = `it takes ${room} bytes, and records of ${maxRecordBytes} (FRAUDFLOW_MAX_RECORD_BYTES) grow on their way`;
    throw unsuitable(spec.name, 'max.message.bytes', String(spec.maxMessageBytes), why);
  }
  if (room < needed) {
    const text = `the topic takes at most ${room} bytes, less than the ${maxRecordBytes} that the other interfaces accept: set its max.message.bytes`;
    admin.warn({ event: 'topic_setting_differs', topic: spec.name }, text);
  }
  const cleanup = settings['cleanup.policy'];
  if (cleanup !== undefined && cleanup !== spec.cleanup) {
    const text = `the topic's cleanup.policy is ${cleanup}, not ${spec.cleanup}: lost state cannot be computed again from records that compaction removed`;
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
