import { asError, invalidInput } from '@fraudflow/core';
import type { ServiceDefinition } from '@grpc/grpc-js';

/** A request that could not be read, in place of the message. */
class UnreadableRequest {
  constructor(readonly reason: Error) {}
}

/**
 * The same service, but a request that does not decode (cut short, a number beyond 2^53) reaches the handler, which refuses it
 * through `readable`: grpc-js alone would answer INTERNAL, as if the fault were ours.
 */
export function lenient<Definition extends ServiceDefinition>(definition: Definition): Definition {
  const methods = Object.entries(definition).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: (bytes: Buffer) => decodeOrKeep(method.requestDeserialize, bytes) },
  ]);
  return Object.fromEntries(methods) as Definition;
}

/** The request, if it was readable. @throws AppError invalid_input REQUEST_UNREADABLE. */
export function readable<Request>(request: Request): Request {
  if (!(request instanceof UnreadableRequest)) return request;
  throw invalidInput(`the request cannot be read: ${request.reason.message}`, { code: 'REQUEST_UNREADABLE' });
}

function decodeOrKeep(decode: (bytes: Buffer) => unknown, bytes: Buffer): unknown {
  try {
    return decode(bytes);
  } catch (thrown) {
    return new UnreadableRequest(asError(thrown));
  }
}
