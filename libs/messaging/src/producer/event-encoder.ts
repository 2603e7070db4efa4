import { randomUUID } from 'node:crypto';
import { HEADERS, type TopicDefinition } from '@fraudflow/contracts';
import { invalidInput, partitionOf } from '@fraudflow/core';
import { currentTraceparent } from '@fraudflow/observability';
import { isTraceparent, SOURCE_INDEX_HEADER, type DecodedRecord } from '../consumer/handling/decoded-record.js';
import {
  type FlatHeaders,
  flatHeaders,
  type HeaderValue,
  type OutgoingRecord,
  type RecordHeaders,
  sourceName,
} from '../port/record.js';

/** A typed value to be sent to a topic. */
export interface EventRecord<Value> {
  /** Ignored if `key` and `json` are given. */
  readonly value: Value;
  /** The value's JSON, as text or bytes, if the sender can produce it faster than JSON.stringify. */
  readonly json?: Buffer | string;
  /** Default: the topic's `keyOf`. */
  readonly key?: string;
  /** Default: by key, with the partitioner of Kafka's clients. */
  readonly partition?: number;
  /** Unique id; derive it from the input. Default: the input's, or random without one. */
  readonly eventId?: string;
  /** Event time, ISO 8601. Default: the input's, or the value's `occurred_at`. */
  readonly occurredAt?: string;
  readonly traceparent?: string;
  /** Additional headers. */
  readonly headers?: RecordHeaders | FlatHeaders;
  /** The input record that this one was computed from: its position is sent for the receiver's deduplication. */
  readonly from?: DecodedRecord;
  /** Index among the outputs of `from` on this topic, from 0. */
  readonly sourceIndex?: number;
}

/**
 * Encodes a value as JSON, with the headers that every topic has.
 * @param partition overrides the partition of the event or its key
 * @throws AppError `invalid_input` if the value has no JSON form
 */
export function encodeEvent<Value>(
  topic: TopicDefinition<Value>,
  partitions: number,
  event: EventRecord<Value>,
  partition = event.partition,
): OutgoingRecord {
  const { value } = event;
  const key = event.key ?? topic.keyOf(value);
  const json = event.json ?? (JSON.stringify(value) as string | undefined);
  if (json === undefined) throw invalidInput(`a value for ${topic.name} has no JSON form`, { code: 'NOT_JSON' });
  return {
    topic: topic.name,
    partition: partition ?? partitionOf(key, partitions),
    key,
    value: json,
    headers: headersOf(topic, event),
  };
}

/** Creates one flat array, because this runs for every record that is sent. */
function headersOf<Value>(topic: TopicDefinition<Value>, event: EventRecord<Value>): FlatHeaders {
  const { from } = event;
  const headers: HeaderValue[] = event.headers === undefined ? [] : [...flatHeaders(event.headers)];
  const eventId = event.eventId ?? idFrom(from) ?? randomUUID();
  headers.push(HEADERS.eventId, eventId, HEADERS.schemaVersion, String(topic.version));
  add(headers, HEADERS.occurredAt, event.occurredAt ?? from?.occurredAt ?? occurredAtIn(event.value));
  add(headers, HEADERS.traceparent, valid(event.traceparent) ?? from?.traceparent ?? currentTraceparent());
  if (from !== undefined) addSource(headers, from, event.sourceIndex ?? 0);
  return headers;
}

function valid(traceparent: string | undefined): string | undefined {
  return traceparent !== undefined && isTraceparent(traceparent) ? traceparent : undefined;
}

function add(headers: HeaderValue[], name: string, value: string | undefined): void {
  if (value !== undefined) headers.push(name, value);
}

function addSource(headers: HeaderValue[], from: DecodedRecord, index: number): void {
  headers.push(HEADERS.sourcePartition, nameOf(from), HEADERS.sourceOffset, String(from.offset));
  if (index > 0) headers.push(SOURCE_INDEX_HEADER, String(index));
}

let lastNamed: (Pick<DecodedRecord, 'topic' | 'partition' | 'incarnation'> & { readonly name: string }) | undefined;

/** Caches the last name, because records arrive in batches of one partition. */
function nameOf(from: DecodedRecord): string {
  const { topic, partition, incarnation } = from;
  if (lastNamed?.topic !== topic || lastNamed.partition !== partition || lastNamed.incarnation !== incarnation) {
    lastNamed = { topic, partition, incarnation, name: sourceName(from, incarnation) };
  }
  return lastNamed.name;
}

function idFrom(from: DecodedRecord | undefined): string | undefined {
  return from && (from.eventId ?? `${from.topic}:${from.partition}:${from.offset}`);
}

function occurredAtIn(value: unknown): string | undefined {
  const found =
    typeof value === 'object' && value !== null ? (value as { occurred_at?: unknown }).occurred_at : undefined;
  return typeof found === 'string' ? found : undefined;
}
