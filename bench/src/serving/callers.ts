import { Http1Connection } from './http1-connection.js';
import { Http2Connection } from './http2-connection.js';

/** HTTP/1.1: one connection per caller. gRPC: the callers share connections, as clients do. */
export type Protocol = { readonly kind: 'http' } | { readonly kind: 'grpc'; readonly path: string };

/** Makes one call after the other. @throws AppError unavailable if a call fails. */
export type Caller = (request: Buffer) => Promise<void>;

const CALLERS_PER_CONNECTION = 8;

/** Callers of one server, with their connections. */
export class Callers {
  readonly all: readonly Caller[];
  private readonly connections: { close(): void }[] = [];

  constructor(port: number, protocol: Protocol, count: number) {
    const make = protocol.kind === 'http' ? () => this.http(port) : this.grpcOf(port, protocol.path);
    this.all = Array.from({ length: count }, make);
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  private http(port: number): Caller {
    const own = new Http1Connection(port);
    this.connections.push(own);
    return (request) => own.post(request);
  }

  private grpcOf(port: number, path: string): (_: unknown, place: number) => Caller {
    let shared: Http2Connection | undefined;
    return (_, place) => {
      if (shared === undefined || place % CALLERS_PER_CONNECTION === 0) {
        shared = new Http2Connection(port, path);
        this.connections.push(shared);
      }
      const connection = shared;
      return (request) => connection.call(request);
    };
  }
}
