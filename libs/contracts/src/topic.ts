import { DAY_MS } from '@fraudflow/core';
import type { z } from 'zod';

/** Kafka cleanup policy: `delete` drops records by age, `compact` keeps the newest record per key. */
export type TopicCleanup = 'delete' | 'compact';

/** Definition of a Kafka topic: name, key, value schema, placement, retention and owner. */
export interface TopicDefinition<Value = unknown> {
  readonly name: string;
  /** Major version of the value schema; a breaking change makes a new topic. Sent in each record's header. */
  readonly version: number;
  /** Description of the record key, e.g. `customer_id`. */
  readonly keyedBy: string;
  /** Derives the record key from the value. */
  readonly keyOf: (value: Value) => string;
  readonly schema: z.ZodType<Value>;
  /**
   * Number of partitions, fixed at creation because state is placed by partition. Undefined: the installation's
   * default.
   */
  readonly partitions: number | undefined;
  /** Age bound in ms by append time; -1 keeps everything. */
  readonly retentionMs: number;
  readonly cleanup: TopicCleanup;
  /**
   * The only service that writes the topic; `external` for the two input topics that producers outside FraudFlow write.
   */
  readonly owner: string;
  /** Whether unreadable records of this topic go to `<name>.dlq`. */
  readonly deadLetters: boolean;
  /** Age bound of its dead letters in ms. They hold no card numbers, so they may outlive the topic's own records. */
  readonly deadLetterRetentionMs: number;
  /** Whether only its owner reads the topic. */
  readonly internal: boolean;
  readonly description: string;
}

/** Value type of a topic definition. */
export type EventOf<Topic> = Topic extends TopicDefinition<infer Value> ? Value : never;

type TopicInput<Value> = Pick<
  TopicDefinition<Value>,
  'name' | 'keyedBy' | 'keyOf' | 'schema' | 'owner' | 'description'
> &
  Partial<TopicDefinition<Value>>;

const YEAR_MS = 365 * DAY_MS;

/**
 * Defines a topic. Defaults: version 1, the installation's number of partitions, retention of one year, cleanup by age,
 * no dead-letter topic, not internal.
 */
export function defineTopic<Value>(input: TopicInput<Value>): TopicDefinition<Value> {
  return Object.freeze({
    version: 1,
    partitions: undefined,
    retentionMs: YEAR_MS,
    cleanup: 'delete' as const,
    deadLetters: false,
    deadLetterRetentionMs: YEAR_MS,
    internal: false,
    ...input,
  });
}

/** Name of a topic's dead-letter topic. Dead letters hold the unchanged bytes of the original record. */
export function deadLetterTopicName(topic: string): string {
  return `${topic}.dlq`;
}
