import { AppError, asError, unavailable } from '@fraudflow/core';
import {
  type HealthRegistry,
  Histogram,
  LATENCY_BUCKETS_SECONDS,
  type Logger,
  type Registry,
  withTrace,
} from '@fraudflow/observability';
import { prepareHttp2Servers } from '@fraudflow/runtime-tuning';
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

/** Options of a `GrpcServer`. */
export interface GrpcServerOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Largest request message of any method, bytes; default 4 MiB. `add` may lower it per method. */
  readonly maxMessageBytes?: number;
  /** When this registry starts draining, gRPC health becomes NOT_SERVING. */
  readonly health?: Pick<HealthRegistry, 'onDraining'> | undefined;
  /**
   * Whether handlers run in the trace context of their call, default true. Set it to false if handlers neither send
   * records nor call other services: the first trace context makes Node 20 track every promise of the process, which
   * costs CPU.
   */
  readonly carriesTrace?: boolean;
}

/** Options of `GrpcServer.listen`. */
export interface ListenOptions {
  /**
   * Whether health is SERVING immediately, default true. If false, call `setServing` when the service can do its work.
   */
  readonly isServing?: boolean;
}

/** Bounds of request messages by method name as in the service definition. Other methods have the server's bounds. */
export type MethodLimits = Readonly<Record<string, RequestLimits>>;

/** The default of gRPC servers in all languages. */
const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

const CONNECTION_OPTIONS = {
  'grpc.max_send_message_length': -1,
  'grpc.max_concurrent_streams': 256,
  // Memory limit of a connection, MB. Node refuses further streams of a connection above it.
  'grpc-node.max_session_memory': 64,
  // Detects a dead peer within 80 s.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
  // Clients reconnect after this time, so that they find new replicas. Running calls may finish within the grace
  // period.
  'grpc.max_connection_age_ms': 10 * 60_000,
  'grpc.max_connection_age_grace_ms': 10 * 60_000,
};

/**
 * A gRPC server on grpc-js with generated codecs. It measures every method and includes health and reflection. Handlers
 * are async functions; a thrown error becomes a gRPC status.
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
    // By default the library writes text of callers, of any length, to standard error.
    setLogger(libraryLog(options.logger));
    prepareHttp2Servers(this.server);
    this.health.addTo(this.server);
    this.durations = durationsIn(options.metrics);
    options.health?.onDraining(() => this.health.drain());
  }

  /**
   * Adds a service before `listen`.
   * @param implementation methods wrapped by `unary`, `serverStream` or `duplexStream`, which refuse unreadable
   * requests
   * @param limits lower bounds of request messages for single methods
   */
  add(definition: ServiceDefinition, implementation: UntypedServiceImplementation, limits: MethodLimits = {}): void {
    const common = { messageBytes: this.maxMessageBytes };
    const bounded = boundedService(definition, (method) => limits[method] ?? common);
    this.server.addService(bounded, implementation);
    const name = serviceNameOf(definition);
    this.serviceNames.push(name);
    this.health.declare(name);
  }

  /** Wraps an async function as a unary method. `name` identifies it in metrics and logs. */
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
   * Wraps an async generator as a server-streaming method, with back-pressure. A failure is emitted as `error` instead
   * of passed to `destroy`: grpc-js sends the status when the stream ends, and a destroyed stream never ends, so the
   * caller would wait forever.
   */
  serverStream<Request, Response>(
    name: string,
    handle: (request: Request, signal: AbortSignal) => AsyncIterable<Response>,
  ): handleServerStreamingCall<Request, Response> {
    return (call) => {
      this.respondInStream(name, call, (signal) => handle(readable(call.request), signal));
    };
  }

  /**
   * Wraps an async generator as a bidirectional streaming method, with back-pressure in both directions. The generator
   * may yield responses while it still reads requests. The call ends when the generator ends.
   */
  duplexStream<Request, Response>(
    name: string,
    handle: (requests: AsyncIterable<Request>, signal: AbortSignal) => AsyncIterable<Response>,
  ): handleBidiStreamingCall<Request, Response> {
    return (call) => {
      this.respondInStream(name, call, (signal) => handle(messagesOf<Request>(call), signal));
    };
  }

  private respondInStream<Response>(
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

  /**
   * Starts listening; health becomes SERVING unless `isServing` is false.
   * @param address `host:port`; port 0 chooses a free one
   * @returns the bound port
   * @throws AppError unavailable if the address cannot be bound
   */
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

  /** Sets gRPC health of one service by its full name, or of all services and the whole server. */
  setServing(isServing: boolean, serviceName?: string): void {
    this.health.setServing(isServing, serviceName);
  }

  /**
   * Sets health to NOT_SERVING, waits for running calls, then closes. After `graceMs` the remaining calls are cut off.
   */
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

  /** Never throws, because the caller of a failed call must get a status. */
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

/** The histogram, shared by all servers of a process. */
function durationsIn(metrics: Registry): Histogram<'method' | 'code'> {
  const existing = metrics.getSingleMetric(DURATIONS);
  if (existing instanceof Histogram) return existing as Histogram<'method' | 'code'>;
  return new Histogram({
    name: DURATIONS,
    help: 'Time from request to response.',
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
