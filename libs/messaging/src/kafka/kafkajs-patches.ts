import { createRequire } from 'node:module';
import { TransientTable } from '@fraudflow/core';
import type { EncodedBody, RequestRoom } from './kafkajs-internals.js';

const require = createRequire(import.meta.url);

/** Free bytes before a body for the size, key, version, correlation id and client id of its request. */
export const REQUEST_HEADROOM = 512;

const TABLE = Symbol('requests in flight');

interface WithTable {
  [TABLE]?: TransientTable<unknown>;
}

interface RequestQueuePrototype {
  scheduleCheckPendingRequests(this: { pending: unknown[]; throttledUntil: number }): void;
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
  quietIdleConnections();
  sendWithoutCopies();
  forgetAnsweredRequests();
}

/**
 * kafkajs re-arms a timer with a negative delay after each response, that is every millisecond for ever on each connection
 * (tulios/kafkajs#1751). Nothing is to be checked while nothing is pending.
 */
function quietIdleConnections(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueuePrototype & { quiet?: true };
  };
  if (prototype.quiet) return;
  const original = prototype.scheduleCheckPendingRequests;
  prototype.quiet = true;
  prototype.scheduleCheckPendingRequests = function scheduleIfPending(): void {
    if (this.pending.length > 0) original.call(this);
  };
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
