import { type AppError, asError, invalidInput, resourceExhausted } from '@fraudflow/core';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { decodedSize } from './decoded-size.js';
import { contractShapes, type MessageShape, type Shapes } from './message-shape.js';

/** Bounds of a method's request messages. */
export interface RequestLimits {
  /** Largest encoded message after decompression, bytes. */
  readonly messageBytes: number;
  /**
   * Largest estimated heap of a decoded message, bytes. Default: `messageBytes` + 15 · `messageBytes`, the second term
   * clamped to 1…48 MiB.
   */
  readonly decodedBytes?: number;
}

/** Messages up to this size are decoded without an estimate, because they cannot become large. */
const SMALL_MESSAGE_BYTES = 4 * 1024;
const MIN_ELEMENT_BYTES = 1024 * 1024;
const MAX_ELEMENT_BYTES = 48 * 1024 * 1024;
const ELEMENT_BYTES_PER_BYTE = 15;
/**
 * Decoded bytes allowed per encoded byte of one message. A missing value in a list takes 2 bytes encoded and 64 decoded
 * (ratio 32, accepted). Empty texts have ratio 48 and carry no information, so they are refused.
 */
const MOST_BYTES_PER_BYTE = 40;

/**
 * Replaces a request that cannot be decoded or is too large. Handlers wrapped by `GrpcServer` refuse it with `reason`.
 */
export class UnreadableRequest {
  constructor(readonly reason: AppError) {}
}

/** Returns the request. @throws AppError REQUEST_UNREADABLE or REQUEST_TOO_LARGE if it is an `UnreadableRequest` */
export function readable<Request>(request: Request): Request {
  if (request instanceof UnreadableRequest) throw request.reason;
  return request;
}

/**
 * Returns the same service definition with bounded request messages. A request that is too large or cannot be decoded
 * (truncated, or with a number beyond 2^53) becomes an `UnreadableRequest`. So the caller gets the reason; grpc-js
 * would respond INTERNAL.
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

/** Limit by the message's own size, so that refusing a small message costs little. */
function ownLimit(bytes: number): number {
  return Math.max(MIN_ELEMENT_BYTES, bytes * MOST_BYTES_PER_BYTE);
}

function tooLarge(bytes: number, allowed: number): UnreadableRequest {
  const message = `the request has ${bytes} bytes, more than the ${allowed} allowed; send it in smaller parts`;
  return new UnreadableRequest(resourceExhausted(message, { code: 'REQUEST_TOO_LARGE' }));
}

function tooMany(allowed: number): UnreadableRequest {
  const message = `the request holds too many elements: decoded it takes more than the ${allowed} bytes allowed; send fewer per request`;
  return new UnreadableRequest(invalidInput(message, { code: 'REQUEST_TOO_LARGE' }));
}
