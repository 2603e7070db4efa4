import { createRequire } from 'node:module';
import { TransientTable } from '@fraudflow/core';
import { fetchError } from './kafka-errors.js';
import type { EncodedBody, RequestRoom } from './kafkajs-internals.js';

const require = createRequire(import.meta.url);

/** Free bytes before a body for the size, key, version, correlation id and client id of its request. */
export const REQUEST_HEADROOM = 512;

const MIN_PENDING_CHECK_MS = 10;
/** Also bounds what a broker's throttle time may ask for: a longer `setTimeout` fires at once, with a warning. */
const MAX_PENDING_CHECK_MS = 60_000;
/** Versions of the Metadata response that kafkajs knows. */
const METADATA_VERSIONS = [0, 1, 2, 3, 4, 5, 6] as const;

const TABLE = Symbol('requests in flight');

interface WithTable {
  [TABLE]?: TransientTable<unknown>;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Wall time until which the broker asked us to send nothing, ms since the epoch; -1 if it never did. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

interface Encoder {
  buf: Buffer;
  offset: number;
  /** Ours. */
  room?: RequestRoom;
  writeEncoder(value: EncodedBody | Encoder): Encoder;
}

/** Mends what kafkajs 2.2.4, which is frozen, does too dearly. May be called any number of times. */
export function patchKafkajs(): void {
  boundPendingChecks();
  tolerateMissingLeaders();
  sendWithoutCopies();
  forgetAnsweredRequests();
}

/**
 * kafkajs re-arms this timer after each response with the negative time since the last throttling, which Node 24 answers with a
 * `TimeoutNegativeWarning` and a timer of 1 ms: a busy loop on each connection (tulios/kafkajs#1751, #1768). Here there is a timer only while
 * requests wait, with a delay within bounds.
 */
function boundPendingChecks(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue & { checksAreBounded?: true };
  };
  if (prototype.checksAreBounded) return;
  prototype.checksAreBounded = true;
  prototype.scheduleCheckPendingRequests = function scheduleIfPending(): void {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      pendingCheckDelayMs(this.throttledUntil - Date.now()),
    );
  };
}

/** Requests over the limit in flight go out with the next response; the timer is for throttling. NaN counts as no throttling. */
function pendingCheckDelayMs(throttledForMs: number): number {
  return throttledForMs > MIN_PENDING_CHECK_MS ? Math.min(throttledForMs, MAX_PENDING_CHECK_MS) : MIN_PENDING_CHECK_MS;
}

/**
 * kafkajs wraps a request's body in two encoders, and each copies it into a buffer of up to twice its size. V8 collects garbage by the bytes of
 * new buffers, so that was a fifth of the time of a busy producer. A body that leaves room before it gets its header written there.
 */
function sendWithoutCopies(): void {
  const { prototype } = require('kafkajs/src/protocol/encoder') as { prototype: Encoder & { copiesLess?: true } };
  if (prototype.copiesLess) return;
  const original = Reflect.get(prototype, 'writeEncoder') as Encoder['writeEncoder'];
  prototype.copiesLess = true;
  prototype.writeEncoder = function writeEncoder(value): Encoder {
    const { room } = value;
    if (room === undefined || this.offset > room.start) return original.call(this, value);
    const start = room.start - this.offset;
    this.buf.copy(room.bytes, start, 0, this.offset);
    this.buf = room.bytes.subarray(start);
    this.offset = this.buf.length;
    this.room = { bytes: room.bytes, start };
    return this;
  };
}

/**
 * kafkajs keeps the requests of a connection that wait for their answers in a Map, whose dead tables keep answered ones alive with all they hold,
 * the records of a round among it (see TransientTable).
 */
function forgetAnsweredRequests(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: object };
  if ('inflight' in prototype) return;
  Object.defineProperty(prototype, 'inflight', {
    get(this: WithTable) {
      return this[TABLE];
    },
    // Its constructor hands over an empty Map.
    set(this: WithTable) {
      this[TABLE] = new TransientTable();
    },
  });
}

interface MetadataResponse {
  parse(data: ParsedMetadata): Promise<ParsedMetadata>;
}

interface ParsedMetadata {
  readonly topicMetadata: readonly { readonly topicErrorCode: number }[];
}

/**
 * kafkajs refuses metadata as a whole if a single partition of any topic has no leader, so one offline partition would keep a process from
 * reading and writing all others. Here only errors of a whole topic are refused; a partition without a leader has leader -1.
 */
function tolerateMissingLeaders(): void {
  for (const version of METADATA_VERSIONS) {
    const response = require(`kafkajs/src/protocol/requests/metadata/v${version}/response`) as MetadataResponse;
    response.parse = parseMetadata;
  }
}

async function parseMetadata(data: ParsedMetadata): Promise<ParsedMetadata> {
  const failed = data.topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0);
  if (failed) throw fetchError(failed.topicErrorCode);
  return data;
}
