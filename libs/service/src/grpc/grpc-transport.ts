import { GrpcServer, type GrpcServerOptions, type MethodLimits } from '@fraudflow/rpc';
import type { ServerUnaryCall, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { type CustomTransportStrategy, type MessageHandler, Server, Transport } from '@nestjs/microservices';
import { failedPrecondition } from '@fraudflow/core';
import { settle } from '../settle.js';

/** A gRPC service of the transport. Its methods are the controllers' `@GrpcMethod` and `@GrpcStreamMethod` methods. */
export interface GrpcServiceBinding {
  /** Generated definition with codecs. */
  readonly definition: ServiceDefinition;
  readonly limits?: MethodLimits;
  /** Name of a method in metrics; default: the method's own name. */
  readonly metricName?: (method: string) => string;
}

/** Options of a `GrpcTransport`. */
export interface GrpcTransportOptions extends GrpcServerOptions {
  /** `host:port`; port 0 chooses a free one. */
  readonly address: string;
  readonly services: readonly GrpcServiceBinding[];
  /** Whether health is SERVING after the start; default: it is. The service calls `setServing` when that changes. */
  readonly isServing?: () => boolean;
  /** Time for running calls at the stop, ms. */
  readonly stopGraceMs?: number;
}

/** Second argument (`@Ctx()`) of a streaming method. Of a unary method it is the `ServerUnaryCall`. */
export interface GrpcStreamContext {
  /** Aborted when the caller cancels or disconnects. */
  readonly signal: AbortSignal;
}

/** How Nest's decorators name the kind of a method: `@GrpcMethod` and `@GrpcStreamMethod`. */
type StreamingKind = 'no_stream' | 'rx_stream';

/**
 * Nest transport on our gRPC server with generated codecs. A controller method gets the message as `@Payload()` and the
 * call as `@Ctx()`; guards, pipes, interceptors and filters work as in Nest. A thrown `AppError` becomes its gRPC
 * status. The start fails if a method of a bound service has no handler.
 * @throws AppError (through `listen`) `failed_precondition` METHOD_NOT_HANDLED; `unavailable` if the address is in use
 */
export class GrpcTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = Transport.GRPC;
  private readonly server: GrpcServer;
  private unused: readonly string[] = [];
  private boundPort: number | undefined;

  constructor(private readonly options: GrpcTransportOptions) {
    super();
    this.server = new GrpcServer(options);
  }

  /** The bound port. Undefined before `listen`. */
  get port(): number | undefined {
    return this.boundPort;
  }

  /** Handlers that no method of the bound services uses; known after `listen`. Another transport may use them. */
  get unusedHandlers(): readonly string[] {
    return this.unused;
  }

  /** Sets gRPC health of all services. */
  setServing(isServing: boolean): void {
    this.server.setServing(isServing);
  }

  /** Called by Nest. */
  listen(callback: (error?: unknown) => void): void {
    this.open().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Called by Nest. Waits for running calls, at most `stopGraceMs`. */
  close(): Promise<void> {
    return this.server.stop(this.options.stopGraceMs);
  }

  on(): never {
    throw new Error('GrpcTransport has no events');
  }

  unwrap<T>(): T {
    return this.server as T;
  }

  private async open(): Promise<void> {
    const unused = new Set(this.messageHandlers.keys());
    for (const { definition, limits, metricName = String } of this.options.services) {
      const implementation: UntypedServiceImplementation = {};
      for (const [name, method] of Object.entries(definition)) {
        const [, service = '', rpc = ''] = method.path.split('/');
        const pattern = this.patternOf(service, rpc, method.requestStream ? 'rx_stream' : 'no_stream');
        const handler = this.messageHandlers.get(pattern);
        if (!handler) throw unhandled(method.path);
        unused.delete(pattern);
        implementation[name] = this.implementationOf(metricName(rpc), method, handler);
      }
      this.server.add(definition, implementation, limits);
    }
    this.unused = [...unused];
    const { address, isServing } = this.options;
    this.boundPort = await this.server.listen(address, { isServing: isServing?.() ?? true });
  }

  /** `@GrpcMethod('ScoringService', 'Predict')` names the service without its package. */
  private patternOf(service: string, rpc: string, streaming: StreamingKind): string {
    return this.normalizePattern({ service: service.split('.').at(-1) ?? service, rpc, streaming });
  }

  private implementationOf(
    name: string,
    { requestStream, responseStream }: { readonly requestStream: boolean; readonly responseStream: boolean },
    handler: MessageHandler,
  ): UntypedServiceImplementation[string] {
    if (requestStream) {
      return this.server.duplexStream(name, (requests, signal) => answers(handler(requests, { signal })));
    }
    if (responseStream) {
      return this.server.serverStream(name, (request, signal) => answers(handler(request, { signal })));
    }
    return this.server.unary(name, async (request, call: ServerUnaryCall<unknown, unknown>) =>
      settle(await handler(request, call)),
    );
  }
}

/** The messages of a streaming handler, which returns an async iterable. */
async function* answers(result: ReturnType<MessageHandler>): AsyncIterable<unknown> {
  yield* (await settle(await result)) as AsyncIterable<unknown>;
}

function unhandled(path: string): Error {
  return failedPrecondition(`no controller handles ${path}: add a method with @GrpcMethod`, {
    code: 'METHOD_NOT_HANDLED',
  });
}
