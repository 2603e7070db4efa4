import { currentTraceparent } from '@fraudflow/observability';
import {
  type CallOptions,
  type ChannelOptions,
  type Client,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { fromGrpcError } from './grpc-status.js';

type ClientConstructor<C extends Client> = new (
  address: string,
  channelCredentials: ReturnType<typeof credentials.createInsecure>,
  options?: Partial<ChannelOptions>,
) => C;

/**
 * Creates a client of a service. It connects and reconnects automatically; calls fail with `unavailable` while the
 * service cannot be reached.
 * @param address `host:port`
 */
export function createGrpcClient<C extends Client>(constructor: ClientConstructor<C>, address: string): C {
  return new constructor(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // Reconnects within a second after a peer is back; the default is up to two minutes.
    'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.initial_reconnect_backoff_ms': 100,
  });
}

type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

/**
 * Makes one unary call with a deadline and the current trace.
 * @param method a method bound to its client: `client.predict.bind(client)`.
 * @param name of the method, for error texts
 * @throws AppError with the kind that corresponds to the call's status
 */
export function callUnary<Request, Response>(
  name: string,
  method: UnaryMethod<Request, Response>,
  request: Request,
  deadlineMs: number,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    method(request, outgoingMetadata(), { deadline: Date.now() + deadlineMs }, (error, response) => {
      if (error) reject(fromGrpcError(error, name));
      else resolve(response);
    });
  });
}

/** Metadata with the current trace context. */
export function outgoingMetadata(): Metadata {
  const metadata = new Metadata();
  const traceparent = currentTraceparent();
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  return metadata;
}

/**
 * Turns a server stream into an async iterator.
 * @throws AppError with the kind that corresponds to the stream's status
 */
export async function* readStream<Response>(name: string, stream: AsyncIterable<unknown>): AsyncGenerator<Response> {
  try {
    for await (const message of stream) yield message as Response;
  } catch (thrown) {
    throw fromGrpcError(thrown, name);
  }
}
