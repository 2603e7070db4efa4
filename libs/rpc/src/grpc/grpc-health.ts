import { type AppError, resourceExhausted } from '@fraudflow/core';
import { type handleUnaryCall, type Server, type ServerWritableStream, status } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { boundedService, UnreadableRequest } from './bounded-requests.js';
import { messageText } from './error-text.js';
import { toGrpcError } from './grpc-status.js';

type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
interface HealthRequest {
  readonly service: string;
}
interface HealthResponse {
  readonly status: ServingStatus;
}
type WatchCall = ServerWritableStream<HealthRequest, HealthResponse>;

/** Largest number of open `Watch` streams of a server. The caller decides how long a stream stays open. */
const MAX_WATCHERS = 1_000;
/** A request holds one service name. */
const MAX_REQUEST_BYTES = 1_024;

/**
 * `grpc.health.v1.Health` for each service by its full name, and for the whole server by the empty name. When the
 * server drains, `Watch` streams get NOT_SERVING and end, because an open stream would delay the shutdown.
 */
export class GrpcHealth {
  private readonly statuses = new Map<string, ServingStatus>([['', 'NOT_SERVING']]);
  private readonly watchers = new Map<WatchCall, string>();
  private isDraining = false;

  addTo(server: Server): void {
    const definition = boundedService(service, () => ({ messageBytes: MAX_REQUEST_BYTES }));
    server.addService(definition, { check: this.check, watch: this.watch, list: this.list });
  }

  /** Adds a service with the status NOT_SERVING. */
  declare(serviceName: string): void {
    this.statuses.set(serviceName, 'NOT_SERVING');
  }

  /** Sets the status of one service, or of all services and the whole server. Has no effect while draining. */
  setServing(isServing: boolean, serviceName?: string): void {
    if (this.isDraining) return;
    for (const name of serviceName === undefined ? this.statuses.keys() : [serviceName]) {
      this.set(name, isServing ? 'SERVING' : 'NOT_SERVING');
    }
  }

  /** Sets NOT_SERVING permanently and ends `Watch` streams. */
  drain(): void {
    this.setServing(false);
    this.isDraining = true;
    for (const call of this.watchers.keys()) call.end();
    this.watchers.clear();
  }

  private set(name: string, next: ServingStatus): void {
    if (this.statuses.get(name) === next) return;
    this.statuses.set(name, next);
    for (const [call, watched] of this.watchers) if (watched === name) call.write({ status: next });
  }

  private readonly check: handleUnaryCall<HealthRequest, HealthResponse> = (call, callback) => {
    if (call.request instanceof UnreadableRequest) return callback(toGrpcError(call.request.reason));
    const found = this.statuses.get(call.request.service);
    if (found) return callback(null, { status: found });
    const details = messageText(`no service ${call.request.service} on this server`);
    callback({ code: status.NOT_FOUND, details });
  };

  private readonly watch = (call: WatchCall): void => {
    const refusal = this.refusalOf(call);
    if (refusal) return void call.emit('error', toGrpcError(refusal));
    const { service: name } = call.request;
    call.write({ status: this.statuses.get(name) ?? 'SERVICE_UNKNOWN' });
    if (this.isDraining) return void call.end();
    this.watchers.set(call, name);
    call.on('cancelled', () => this.watchers.delete(call));
  };

  private refusalOf({ request }: WatchCall): AppError | undefined {
    if (request instanceof UnreadableRequest) return request.reason;
    if (this.watchers.size < MAX_WATCHERS) return undefined;
    return resourceExhausted(`the server already has its maximum of ${MAX_WATCHERS} Watch streams; use Check instead`, {
      code: 'WATCHERS_EXHAUSTED',
    });
  }

  private readonly list: handleUnaryCall<unknown, { statuses: Record<string, HealthResponse> }> = (_call, callback) => {
    const entries = [...this.statuses].map(([name, known]) => [name, { status: known }] as const);
    callback(null, { statuses: Object.fromEntries(entries) });
  };
}
