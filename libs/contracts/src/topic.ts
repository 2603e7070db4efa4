import type { z } from 'zod';

/** How a topic ends its records' life: by age, or by keeping the newest record per key. */
export type TopicCleanup = 'delete' | 'compact';

export interface TopicDefinition<Value = unknown> {
  readonly name: string;
  /** Major version of the value schema; a breaking change makes a new topic. Sent in each record's header. */
  readonly version: number;
  /** What the record key is, in words, and how to take it from the value. */
  readonly keyedBy: string;
  readonly keyOf: (value: Value) => string;
  readonly schema: z.ZodType<Value>;
  /** Fixed at creation, because state is placed by partition. Undefined = the installation's default. */
  readonly partitions: number | undefined;
  /** Age bound in ms by append time; -1 keeps everything. */
  readonly retentionMs: number;
  readonly cleanup: TopicCleanup;
  /** The one service that writes it; `external` for the two doors people produce to. */
  readonly owner: string;
  /** Whether unreadable records of this topic go to `<name>.dlq`. */
  readonly deadLetters: boolean;
  /** Age bound of its dead letters in ms. They hold no card numbers, so they may outlive the topic's own records. */
  readonly deadLetterRetentionMs: number;
  readonly internal: boolean;
  readonly description: string;
}

export type EventOf<Topic> = Topic extends TopicDefinition<infer Value> ? Value : never;

type TopicInput<Value> = Pick<
  TopicDefinition<Value>,
  'name' | 'keyedBy' | 'keyOf' | 'schema' | 'owner' | 'description'
> &
  Partial<TopicDefinition<Value>>;

const YEAR_MS = 365 * 86_400_000;

/** The only way a topic comes into being: name, key, schema, placement and owner in one place. */
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

/** The dead-letter topic that belongs to a topic. Its records hold the very bytes that came in. */
export function deadLetterTopicName(topic: string): string {
  return `${topic}.dlq`;
}
