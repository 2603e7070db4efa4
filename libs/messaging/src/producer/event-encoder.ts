import { randomUUID } from 'node:crypto';
import { HEADERS, type TopicDefinition } from '@fraudflow/contracts';
import { invalidInput, partitionOf } from '@fraudflow/core';
import { currentTraceparent } from '@fraudflow/observability';
import { SOURCE_INDEX_HEADER, type DecodedRecord } from '../consumer/decoded-record.js';
import type { OutgoingRecord, RecordHeaders } from '../port/record.js';

/** A typed value on its way to a topic. */
export interface EventRecord<Value> {
  readonly value: Value;
  /** Default: the topic's `keyOf`. */
  readonly key?: string;
  /** Default: by key, as Kafka's own clients place it. */
  readonly partition?: number;
  /** Unique id; derive it from the input. Default: the input's, or random without one. */
  readonly eventId?: string;
  /** Event time, ISO 8601. Default: the input's, or the value's `occurred_at`. */
  readonly occurredAt?: string;
  readonly traceparent?: string;
  /** Further headers. */
  readonly headers?: RecordHeaders;
  /** The input record this one was made from: names the source for the receiver's de-duplication. */
  readonly from?: DecodedRecord;
  /** Place among the outputs made from `from` on this topic, from 0. */
  readonly sourceIndex?: number;
}

/** Encodes a value once, as JSON, with the headers every topic has. Throws AppError `invalid_input` if it has no JSON form. */
export function encodeEvent<Value>(
  topic: TopicDefinition<Value>,
  partitions: number,
  event: EventRecord<Value>,
): OutgoingRecord {
  const { value } = event;
  const key = event.key ?? topic.keyOf(value);
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw invalidInput(`a value for ${topic.name} has no JSON form`, { code: 'NOT_JSON' });
  return {
    topic: topic.name,
    partition: event.partition ?? partitionOf(key, partitions),
    key,
    value: json,
    headers: headersOf(topic, event),
  };
}

function headersOf<Value>(topic: TopicDefinition<Value>, event: EventRecord<Value>): RecordHeaders {
  const { value, from } = event;
  return {
    ...event.headers,
    [HEADERS.eventId]: event.eventId ?? idFrom(from) ?? randomUUID(),
    [HEADERS.occurredAt]: event.occurredAt ?? from?.occurredAt ?? occurredAtIn(value),
    [HEADERS.schemaVersion]: String(topic.version),
    [HEADERS.traceparent]: event.traceparent ?? from?.traceparent ?? currentTraceparent(),
    ...(from === undefined ? {} : sourceHeaders(from, event.sourceIndex ?? 0)),
  };
}

function idFrom(from: DecodedRecord | undefined): string | undefined {
  return from && (from.eventId ?? `${from.topic}:${from.partition}:${from.offset}`);
}

function sourceHeaders(from: DecodedRecord, index: number): RecordHeaders {
  return {
    [HEADERS.sourcePartition]: `${from.topic}:${from.partition}`,
    [HEADERS.sourceOffset]: String(from.offset),
    [SOURCE_INDEX_HEADER]: index === 0 ? undefined : String(index),
  };
}

function occurredAtIn(value: unknown): string | undefined {
  const found =
    typeof value === 'object' && value !== null ? (value as { occurred_at?: unknown }).occurred_at : undefined;
  return typeof found === 'string' ? found : undefined;
}
