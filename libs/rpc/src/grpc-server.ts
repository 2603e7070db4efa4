import type { Readable } from 'node:stream';
import { asError, unavailable } from '@fraudflow/core';
import { Histogram, LATENCY_BUCKETS_SECONDS, type Logger, type Registry, withTrace } from '@fraudflow/observability';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { AppError } from '@fraudflow/core';
import { addReflection, serviceNameOf } from './grpc-reflection.js';
import { toGrpcError } from './grpc-status.js';
import { useStreamTables } from './stream-tables.js';

export interface GrpcServerOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Largest request in bytes. */
  readonly maxMessageBytes?: number;
  /**
   * Whether handlers run in the trace of their call, default true. False where they send nothing and call nobody: from the first such context on,
   * Node 20 looks after every promise of the process (8 % of a feature store under load).
   */
  readonly carriesTrace?: boolean;
}

const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/**
 * A gRPC server on grpc-js with generated codecs: errors mapped once, every method timed, health and reflection included.
 * Handlers are plain async functions; what they throw becomes a status.
 */
export class GrpcServer {
  private readonly server: Server;
  private readonly healthService = new HealthImplementation({ '': 'NOT_SERVING' });
  private readonly durations: Histogram<'method' | 'code'>;
  private readonly serviceNames: string[] = [];

  constructor(private readonly options: GrpcServerOptions) {
    const limit = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    this.server = new Server({
      'grpc.max_receive_message_length': limit,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': 1_000,
    });
    useStreamTables(this.server);
    this.healthService.addToServer(this.server);
    this.durations = durationsIn(options.metrics);
  }

  add(definition: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    this.server.addService(definition, implementation);
    this.serviceNames.push(serviceNameOf(definition));
  }

  /** Wraps an async function as a unary method. `name` is for metrics and logs. */
  unary<Request, Response>(
    name: string,
    handle: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      const startedAt = process.hrtime.bigint();
      this.inTrace(call, () => handle(call.request, call)).then(
        (response) => {
          this.observe(name, status.OK, startedAt);
          callback(null, response);
        },
        (thrown: unknown) => callback(this.failure(name, thrown, startedAt)),
      );
    };
  }

  private inTrace<T>({ metadata }: { readonly metadata: Metadata }, work: () => T): T {
    if (this.options.carriesTrace === false) return work();
    return withTrace(metadata.get('traceparent')[0]?.toString(), work);
  }

  /**
   * Wraps an async generator as a server-streaming method, with back-pressure. A failure is emitted, not given to `destroy`: grpc-js
   * sends the status when the stream ends, and a destroyed one never does, so the caller would wait for ever.
   */
  serverStream<Request, Response>(
    name: string,
    handle: (request: Request, signal: AbortSignal) => AsyncIterable<Response>,
  ): handleServerStreamingCall<Request, Response> {
    return (call) => {
      const startedAt = process.hrtime.bigint();
      const abort = new AbortController();
      call.on('cancelled', () => abort.abort());
      pump(call, handle(call.request, abort.signal), abort.signal).then(
        () => {
          this.observe(name, status.OK, startedAt);
          call.end();
        },
        (thrown: unknown) => call.emit('error', this.failure(name, thrown, startedAt)),
      );
    };
  }

  /**
   * Wraps an async generator as a method with a stream in both directions, with back-pressure on both. The generator may answer while it
   * still reads; when it ends, so does the call.
   */
  duplexStream<Request, Response>(
    name: string,
    handle: (requests: AsyncIterable<Request>, signal: AbortSignal) => AsyncIterable<Response>,
  ): handleBidiStreamingCall<Request, Response> {
    return (call) => {
      const startedAt = process.hrtime.bigint();
      const abort = new AbortController();
      call.on('cancelled', () => abort.abort());
      pump(call, handle(requestsOf<Request>(call), abort.signal), abort.signal).then(
        () => {
          this.observe(name, status.OK, startedAt);
          call.end();
        },
        (thrown: unknown) => call.emit('error', this.failure(name, thrown, startedAt)),
      );
    };
  }

  /** Listens and turns health to SERVING. @returns the port, useful when 0 was asked for. */
  async listen(address: string): Promise<number> {
    addReflection(this.server, this.serviceNames);
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(unavailable(`cannot listen on ${address}: ${error.message}`, { cause: error }));
        else resolve(bound);
      });
    });
    this.healthService.setStatus('', 'SERVING');
    return port;
  }

  /** Flips health first, lets running calls finish, then closes; after `graceMs` the rest is cut off. */
  async stop(graceMs = 5_000): Promise<void> {
    this.healthService.setStatus('', 'NOT_SERVING');
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.server.forceShutdown();
        resolve();
      }, graceMs);
      this.server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private observe(method: string, code: status, startedAt: bigint): void {
    this.durations.observe({ method, code: status[code] }, Number(process.hrtime.bigint() - startedAt) / 1e9);
  }

  private failure(method: string, thrown: unknown, startedAt: bigint): Partial<AppGrpcError> {
    const error = toGrpcError(thrown);
    this.observe(method, error.code ?? status.INTERNAL, startedAt);
    if (!(thrown instanceof AppError) || thrown.kind === 'assertion_failed') {
      this.options.logger.error({ err: asError(thrown), event: 'grpc_call_failed', method });
    }
    return { ...error, name: 'GrpcError', message: error.details ?? '' };
  }
}

interface AppGrpcError extends Error {
  code: status;
  details: string;
  metadata: Metadata;
}

const DURATIONS = 'grpc_server_duration_seconds';

/** One histogram for all servers of a process. */
function durationsIn(metrics: Registry): Histogram<'method' | 'code'> {
  const existing = metrics.getSingleMetric(DURATIONS);
  if (existing instanceof Histogram) return existing as Histogram<'method' | 'code'>;
  return new Histogram({
    name: DURATIONS,
    help: 'Time from request to answer.',
    labelNames: ['method', 'code'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [metrics],
  });
}

/** The call's messages; ends when the caller half-closes. A reader that stops early leaves the call open, for the status still to be sent. */
async function* requestsOf<Request>(call: Pick<Readable, 'iterator'>): AsyncGenerator<Request> {
  for await (const message of call.iterator({ destroyOnReturn: false })) yield message as Request;
}

async function pump<Response>(
  call: { write(message: Response): boolean } & NodeJS.EventEmitter,
  source: AsyncIterable<Response>,
  signal: AbortSignal,
): Promise<void> {
  for await (const message of source) {
    if (signal.aborted) return;
    if (!call.write(message)) await drained(call, signal);
  }
}

function drained(stream: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.on('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
