import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { KafkaAddressRewriter } from './kafka-address-rewriter.js';
import { ProxiedStream } from './proxied-stream.js';

const HOST = '127.0.0.1';

/** Server behind a proxy. */
export interface TcpProxyOptions {
  /** `host:port` of the server behind. */
  readonly target: string;
  /**
   * `kafka`: replaces the broker's address by the proxy's in every response, because clients connect to the address
   * that the broker advertises. The broker must advertise exactly the address in `target`.
   */
  readonly protocol?: 'kafka';
}

/**
 * A TCP proxy that injects network faults: latency, silence, refused connections, or a reset after a number of bytes.
 * It runs in this process on loopback and needs no privileges or tools of the operating system.
 */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private latencyMs = 0;
  private isSilent = false;
  private isRefusing = false;
  private requestBytesLeft = Number.POSITIVE_INFINITY;
  private acceptedCount = 0;
  private cuts = 0;

  private constructor(
    private readonly server: Server,
    private readonly options: TcpProxyOptions,
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  /** Listens on a free port and forwards all bytes until a fault is injected. */
  static async open(options: TcpProxyOptions): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: false });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, HOST, resolve);
    });
    return new TcpProxy(server, options);
  }

  /** `host:port` for the client. */
  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** Connections open now. */
  get connectionCount(): number {
    return this.links.size;
  }

  /** Connections accepted since the start. A client that reconnects counts again. */
  get acceptedConnectionCount(): number {
    return this.acceptedCount;
  }

  /** Connections reset within a client's bytes since the start. It shows that `resetAfterRequestBytes` took effect. */
  get cutCount(): number {
    return this.cuts;
  }

  /**
   * Delays bytes in each direction by `ms` from now on, in order. A round trip takes twice as long. 0 ends the delay.
   */
  slowDown(ms: number): void {
    this.latencyMs = ms;
    for (const { streams } of this.links) for (const stream of streams) stream.latencyMs = ms;
  }

  /**
   * Holds all bytes in both directions. Connections stay open and new ones are accepted. Held bytes are forwarded after
   * `heal`.
   */
  fallSilent(): void {
    this.isSilent = true;
    for (const { streams } of this.links) for (const stream of streams) stream.hold();
  }

  /** Resets all connections, and every new one immediately. */
  refuse(): void {
    this.isRefusing = true;
    this.resetConnections();
  }

  /** Resets all open connections (RST); new ones are served. @returns their number */
  resetConnections(): number {
    const cut = [...this.links];
    for (const link of cut) link.reset();
    return cut.length;
  }

  /**
   * Forwards `bytes` more bytes from clients, counted over all connections, then resets the connection that exceeds
   * them. Takes effect once.
   */
  resetAfterRequestBytes(bytes: number): void {
    this.requestBytesLeft = bytes;
  }

  /** Ends all faults: forwards held bytes and serves new connections. */
  heal(): void {
    this.isSilent = false;
    this.isRefusing = false;
    this.requestBytesLeft = Number.POSITIVE_INFINITY;
    this.slowDown(0);
    for (const { streams } of this.links) for (const stream of streams) stream.release();
  }

  /** Resets all connections and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.resetConnections();
    await closed;
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private accept(client: Socket): void {
    this.acceptedCount++;
    if (this.isRefusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const link = new Link(client, this.connectToTarget(), this.rewriter(), (bytes) => this.mayPass(bytes));
    this.links.add(link);
    link.onceClosed(() => this.links.delete(link));
    for (const stream of link.streams) {
      stream.latencyMs = this.latencyMs;
      if (this.isSilent) stream.hold();
    }
  }

  private connectToTarget(): Socket {
    const { host, port } = placeOf(this.options.target);
    return connect({ host, port, noDelay: true });
  }

  private rewriter(): KafkaAddressRewriter | undefined {
    if (this.options.protocol !== 'kafka') return undefined;
    return new KafkaAddressRewriter(placeOf(this.options.target), { host: HOST, port: this.port });
  }

  /** Number of these bytes that may still pass. If it is less than `bytes`, the connection is reset after them. */
  private mayPass(bytes: number): number {
    const allowed = Math.min(bytes, this.requestBytesLeft);
    this.requestBytesLeft -= allowed;
    if (allowed < bytes) {
      this.cuts++;
      this.requestBytesLeft = Number.POSITIVE_INFINITY;
    }
    return allowed;
  }
}

/** One proxied connection: the client's socket and the server's socket. */
class Link {
  readonly streams: readonly ProxiedStream[];
  private isClosed = false;
  private closed: () => void = () => undefined;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    rewriter: KafkaAddressRewriter | undefined,
    mayPass: (bytes: number) => number,
  ) {
    client.setNoDelay(true);
    this.streams = [
      new ProxiedStream(client, server, (chunk) => this.limited(chunk, mayPass)),
      new ProxiedStream(server, client, (chunk) => rewriter?.push(chunk) ?? chunk),
    ];
    for (const socket of [client, server]) {
      socket.on('error', () => this.reset());
      socket.on('close', () => this.reset());
    }
  }

  onceClosed(closed: () => void): void {
    this.closed = closed;
  }

  reset(): void {
    this.end(() => this.server.resetAndDestroy());
  }

  private end(endServer: () => void): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const stream of this.streams) stream.stop();
    this.client.resetAndDestroy();
    endServer();
    this.closed();
  }

  private limited(chunk: Buffer, mayPass: (bytes: number) => number): Buffer {
    const allowed = mayPass(chunk.length);
    // The allowed part must reach the server. A reset would discard it, so the server's socket closes after its pending
    // writes.
    if (allowed < chunk.length) setImmediate(() => this.end(() => this.server.destroySoon()));
    return chunk.subarray(0, allowed);
  }
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
