import { type AppError, asError, invalidInput, resourceExhausted } from '@fraudflow/core';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { decodedSize } from './decoded-size.js';
import { contractShapes, type MessageShape, type Shapes } from './message-shape.js';

/** Bounds of a method's request messages. */
export interface RequestLimits {
  /** Largest message, bytes as encoded, after decompression. */
  readonly messageBytes: number;
  /** Largest estimated heap of a decoded message, bytes. Default: `messageBytes` and 15 times as much, at least 1 MiB and at most 48 MiB, besides. */
  readonly decodedBytes?: number;
}

/** Messages up to this size are decoded unseen: they cannot become large. */
const SMALL_MESSAGE_BYTES = 4 * 1024;
const MIN_ELEMENT_BYTES = 1024 * 1024;
const MAX_ELEMENT_BYTES = 48 * 1024 * 1024;
const ELEMENT_BYTES_PER_BYTE = 15;
/** Of a single message. A missing value of a list takes 2 bytes encoded and 64 decoded; empty texts take 48 times their size, and mean nothing. */
const MOST_BYTES_PER_BYTE = 40;

/** Stands for a request that could not be read or is too large. Handlers wrapped by `GrpcServer` refuse it. */
export class UnreadableRequest {
  constructor(readonly reason: AppError) {}
}

/** @throws AppError if the request could not be read: REQUEST_UNREADABLE or REQUEST_TOO_LARGE. */
export function readable<Request>(request: Request): Request {
  if (request instanceof UnreadableRequest) throw request.reason;
  return request;
}

/**
 * The same service with bounded request messages. A request that is too large or does not decode (cut short, a number beyond
 * 2^53) becomes an `UnreadableRequest`, so that the caller is told what is wrong; grpc-js alone would answer INTERNAL.
 * @param limitsOf bounds by method name as in the definition, e.g. `predict`
 */
export function boundedService(
  definition: ServiceDefinition,
  limitsOf: (method: string) => RequestLimits,
): ServiceDefinition {
  const shapes = contractShapes();
  const methods = Object.entries(definition).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: boundedDecoder(method, shapes, limitsOf(name)) },
  ]);
  return Object.fromEntries(methods) as ServiceDefinition;
}

type Method = MethodDefinition<unknown, unknown>;

function boundedDecoder(method: Method, shapes: Shapes, limits: RequestLimits): (bytes: Buffer) => unknown {
  const { messageBytes } = limits;
  const decodedBytes = limits.decodedBytes ?? decodedLimit(messageBytes);
  const shape = shapes.messages.get(shapes.requests.get(method.path) ?? '');
  return (bytes) => {
    if (bytes.length > messageBytes) return tooLarge(bytes.length, messageBytes);
    const allowed = Math.min(decodedBytes, ownLimit(bytes.length));
    if (isHuge(bytes, shape, shapes, allowed)) return tooMany(allowed);
    try {
      return method.requestDeserialize(bytes);
    } catch (thrown) {
      const message = `the request cannot be read: ${asError(thrown).message}`;
      return new UnreadableRequest(invalidInput(message, { code: 'REQUEST_UNREADABLE' }));
    }
  };
}

function isHuge(bytes: Buffer, shape: MessageShape | undefined, { messages }: Shapes, limit: number): boolean {
  if (bytes.length <= SMALL_MESSAGE_BYTES || !shape) return false;
  return decodedSize(bytes, shape, messages, limit) > limit;
}

function decodedLimit(messageBytes: number): number {
  return messageBytes + Math.min(MAX_ELEMENT_BYTES, Math.max(MIN_ELEMENT_BYTES, messageBytes * ELEMENT_BYTES_PER_BYTE));
}

/** A small message has no more elements than its size can explain, so that refusing it costs little, too. */
function ownLimit(bytes: number): number {
  return Math.max(MIN_ELEMENT_BYTES, bytes * MOST_BYTES_PER_BYTE);
}

function tooLarge(bytes: number, allowed: number): UnreadableRequest {
  const message = `the request has ${bytes} bytes, more than the ${allowed} allowed; send it in smaller parts`;
  return new UnreadableRequest(resourceExhausted(message, { code: 'REQUEST_TOO_LARGE' }));
}

function tooMany(allowed: number): UnreadableRequest {
  const message = `the request holds too many elements: decoded it takes more than the ${allowed} bytes allowed; send fewer at once`;
  return new UnreadableRequest(invalidInput(message, { code: 'REQUEST_TOO_LARGE' }));
}
