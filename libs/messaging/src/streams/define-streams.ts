import { deadLetterTopicName, type EventOf, type StreamGraph, type TopicDefinition } from '@fraudflow/contracts';
import type { EventRecord } from '../producer/event-encoder.js';

/** A topic definition of any value type. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a definition is invariant in its value type.
export type AnyTopic = TopicDefinition<any>;

/** A topic that the service reads in a consumer group; a handler method processes its batches. */
export interface DeclaredInput {
  readonly topic: AnyTopic;
  readonly group: string;
}

/**
 * A part that reads in a consumer group but keeps its own positions: a stage, whose state holds them, or a reader that
 * commits them together with what it writes.
 */
export interface DeclaredReader {
  readonly topics: readonly AnyTopic[];
  readonly group: string;
}

/** Durable state that the service owns. */
export interface DeclaredState {
  readonly store: 'Redis' | 'Postgres' | 'files';
  /** What it contains, as text of docs/dataflow.md. */
  readonly holds: string;
  /** Name in the store: a schema, a key prefix, a folder. */
  readonly name: string;
}

/** What a service reads, writes, keeps and calls. Created by `defineStreams`. */
export interface Streams {
  readonly service: string;
  /** Topics whose batches go to handler methods, by a name that is local to the service. */
  readonly consume: Readonly<Record<string, DeclaredInput>>;
  /** Stages and other readers with positions of their own, by name. */
  readonly readers: Readonly<Record<string, DeclaredReader>>;
  /** Topics that each process reads completely, without a consumer group. */
  readonly tables: Readonly<Record<string, AnyTopic>>;
  readonly produce: readonly AnyTopic[];
  /** Topics whose bad records the service writes to their dead-letter topics. */
  readonly deadLetters: readonly AnyTopic[];
  readonly state: Readonly<Record<string, DeclaredState>>;
  /** Services that it calls, as text of docs/dataflow.md. */
  readonly calls: readonly string[];
}

type Optional = 'consume' | 'readers' | 'tables' | 'produce' | 'deadLetters' | 'state' | 'calls';

/** The input of `defineStreams`; a part that is left out is empty. */
export type StreamsInput = Pick<Streams, 'service'> & Partial<Pick<Streams, Optional>>;

type WithDefaults<Input extends StreamsInput> = Omit<Streams, keyof Input> & Input;

/** Topics that a service with these streams may produce to. */
export type ProducedTopic<Declared extends Pick<Streams, 'produce'>> = Declared['produce'][number];

/**
 * Declares the streams of a service. The value is the program: the service starts exactly its inputs and readers, its
 * bus refuses topics and groups that it does not name (`DeclaredBus`), and docs/dataflow.md is drawn from it.
 */
export function defineStreams<const Input extends StreamsInput>(input: Input): WithDefaults<Input> {
  return Object.freeze({
    consume: {},
    readers: {},
    tables: {},
    produce: [],
    deadLetters: [],
    state: {},
    calls: [],
    ...input,
  }) as unknown as WithDefaults<Input>;
}

/** Names of all topics that a service may write, with dead-letter topics. */
export function writableTopics({ produce, deadLetters }: Pick<Streams, 'produce' | 'deadLetters'>): readonly string[] {
  return [...produce.map(({ name }) => name), ...deadLetters.map(({ name }) => deadLetterTopicName(name))];
}

/** Every topic definition that a declaration names, each once: what must exist before the service starts. */
export function declaredTopics(streams: Streams): readonly AnyTopic[] {
  const { consume, readers, tables, produce, deadLetters } = streams;
  return [
    ...new Set([
      ...Object.values(consume).map(({ topic }) => topic),
      ...Object.values(readers).flatMap(({ topics }) => topics),
      ...Object.values(tables),
      ...produce,
      ...deadLetters,
    ]),
  ];
}

/** The drawing of a declaration, for docs/dataflow.md. */
export function streamGraphOf(streams: Streams): StreamGraph {
  const inputs = [
    ...Object.values(streams.consume).map(({ topic, group }) => ({ topic: topic.name, group })),
    ...Object.values(streams.readers).flatMap(({ topics, group }) =>
      topics.map(({ name }) => ({ topic: name, group })),
    ),
  ];
  return {
    service: streams.service,
    consumes: inputs,
    tables: Object.values(streams.tables).map(({ name }) => name),
    produces: writableTopics(streams),
    state: Object.values(streams.state).map(({ store, holds }) => `${store}: ${holds}`),
    calls: streams.calls,
  };
}

/** An `EventProducer` for the declared topics only; another topic is a type error. */
export interface StreamProducer<Declared extends Pick<Streams, 'produce'>> {
  /** As `EventProducer.send`. */
  send<Value extends EventOf<ProducedTopic<Declared>>>(
    topic: TopicDefinition<Value>,
    events: readonly EventRecord<Value>[],
  ): Promise<void>;
}
