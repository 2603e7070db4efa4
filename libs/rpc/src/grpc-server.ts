import { AppError, asError, unavailable } from '@fraudflow/core';
import {
  type HealthRegistry,
  Histogram,
  LATENCY_BUCKETS_SECONDS,
  type Logger,
  type Registry,
  withTrace,
} from '@fraudflow/observability';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  setLogger,
  type ServerUnaryCall,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { boundedService, readable, type RequestLimits } from './bounded-requests.js';
import { messagesOf, pump, type ResponseStream } from './grpc-call-streams.js';
import { GrpcHealth } from './grpc-health.js';
import { addReflection, serviceNameOf } from './grpc-reflection.js';
import { toGrpcError } from './grpc-status.js';
import { prepareHttp2Servers } from './stream-tables.js';

export interface GrpcServerOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Largest request message of any method, bytes; default 4 MiB. `add` may lower it per method. */
  readonly maxMessageBytes?: number;
  /** Its `startDraining` turns gRPC health to NOT_SERVING. */
  readonly health?: Pick<HealthRegistry, 'onDraining'> | undefined;
  /**
   * Whether handlers run in the trace of their call, default true. False where they send nothing and call nobody: from the first such context on,
   * Node 20 looks after every promise of the process (8 % of a feature store under load).
   */
  readonly carriesTrace?: boolean;
}

export interface ListenOptions {
  /** Whether health says SERVING at once, default true. False: `setServing` is called when the service can do its work. */
  readonly isServing?: boolean;
}

/** Bounds of request messages by method name as in the service's definition; other methods have the server's. */
export type MethodLimits = Readonly<Record<string, RequestLimits>>;

/** What gRPC servers accept by default in other languages, too. */
const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

const CONNECTION_OPTIONS = {
  'grpc.max_send_message_length': -1,
  'grpc.max_concurrent_streams': 256,
  // Node refuses further streams of a connection that holds more than so many MB.
  'grpc-node.max_session_memory': 64,
  // A peer that is gone is noticed within 80 s.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  // Clients connect anew after this time, and so find replicas added since. Calls have the grace to end.
  'grpc.max_connection_age_ms': 10 * 60_000,
  'grpc.max_connection_age_grace_ms': 10 * 60_000,
};

/**
 * A gRPC server on grpc-js with generated codecs: errors mapped once, every method timed, health and reflection included.
 * Handlers are plain async functions; what they throw becomes a status.
 */
export class GrpcServer {
  private readonly server: Server;
  private readonly health = new GrpcHealth();
  private readonly maxMessageBytes: number;
  private readonly durations: Histogram<'method' | 'code'>;
  private readonly serviceNames: string[] = [];

  constructor(private readonly options: GrpcServerOptions) {
    this.maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    this.server = new Server({ ...CONNECTION_OPTIONS, 'grpc.max_receive_message_length': this.maxMessageBytes });
    // The library writes to standard error what callers send, as text of any length.
    setLogger(libraryLog(options.logger));
    prepareHttp2Servers(this.server);
    this.health.addTo(this.server);
    this.durations = durationsIn(options.metrics);
    options.health?.onDraining(() => this.health.drain());
  }

  /** @param implementation methods made by `unary`, `serverStream` and `duplexStream`, which refuse unreadable requests */
  add(definition: ServiceDefinition, implementation: UntypedServiceImplementation, limits: MethodLimits = {}): void {
    const common = { messageBytes: this.maxMessageBytes };
    const bounded = boundedService(definition, (method) => limits[method] ?? common);
    this.server.addService(bounded, implementation);
    const name = serviceNameOf(definition);
    this.serviceNames.push(name);
    this.health.declare(name);
  }

  /** Wraps an async function as a unary method. `name` is for metrics and logs. */
  unary<Request, Response>(
    name: string,
    handle: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      const startedAt = process.hrtime.bigint();
      this.inTrace(call, async () => handle(readable(call.request), call)).then(
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
      this.answerInStream(name, call, (signal) => handle(readable(call.request), signal));
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
      this.answerInStream(name, call, (signal) => handle(messagesOf<Request>(call), signal));
    };
  }

  private answerInStream<Response>(
    name: string,
    call: ResponseStream<Response>,
    handle: (signal: AbortSignal) => AsyncIterable<Response>,
  ): void {
    const startedAt = process.hrtime.bigint();
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    pump(call, () => handle(abort.signal), abort.signal).then(
      () => {
        this.observe(name, status.OK, startedAt);
        call.end();
      },
      (thrown: unknown) => call.emit('error', this.failure(name, thrown, startedAt)),
    );
  }

  /** Listens; health says SERVING unless `isServing` is false. @returns the port, useful when 0 was asked for. */
  async listen(address: string, { isServing = true }: ListenOptions = {}): Promise<number> {
    addReflection(this.server, this.serviceNames);
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(unavailable(`cannot listen on ${address}: ${error.message}`, { cause: error }));
        else resolve(bound);
      });
    });
    this.health.setServing(isServing);
    return port;
  }

  /** What gRPC health says of one service by its full name, or of all of them and the server as a whole. */
  setServing(isServing: boolean, serviceName?: string): void {
    this.health.setServing(isServing, serviceName);
  }

  /** Flips health first, lets running calls finish, then closes; after `graceMs` the rest is cut off. */
  async stop(graceMs = 5_000): Promise<void> {
    this.health.drain();
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

  /** Never throws: a caller whose call has failed must get a status. */
  private failure(method: string, thrown: unknown, startedAt: bigint): Partial<AppGrpcError> {
    try {
      return this.statusOf(method, thrown, startedAt);
    } catch (broken) {
      this.options.logger.error({ err: asError(broken), event: 'grpc_status_failed', method });
      return { code: status.INTERNAL, name: 'GrpcError', message: 'internal error', details: 'internal error' };
    }
  }

  private statusOf(method: string, thrown: unknown, startedAt: bigint): Partial<AppGrpcError> {
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

const MAX_LIBRARY_MESSAGE = 300;

function libraryLog(logger: Logger): Partial<Console> {
  const debug = (message: unknown): void =>
    logger.debug({ event: 'grpc_library', message: String(message).slice(0, MAX_LIBRARY_MESSAGE) });
  return { error: debug, info: debug, debug };
}
