import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { KafkaAddressRewriter } from './kafka-address-rewriter.js';
import { ProxiedStream } from './proxied-stream.js';

const HOST = '127.0.0.1';

export interface TcpProxyOptions {
  /** `host:port` of the server behind. */
  readonly target: string;
  /**
   * `kafka`: a broker tells its clients where to connect, which would lead them past the proxy; its address is replaced by the proxy's in
   * every reply. The broker must advertise the very address in `target`.
   */
  readonly protocol?: 'kafka';
}

/**
 * A network between a client and a server that can be made bad: slow, silent, refusing, or cut after so many bytes. Works at the level of
 * connections, in this process, on loopback; needs no right and no tool of the operating system.
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

  /** Listens on a free port and forwards everything, until told otherwise. */
  static async open(options: TcpProxyOptions): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: false });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, HOST, resolve);
    });
    return new TcpProxy(server, options);
  }

  /** `host:port` to give to the client. */
  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** Connections open now. */
  get connectionCount(): number {
    return this.links.size;
  }

  /** Connections taken since the start; a client that was cut off and came back counts again. */
  get acceptedConnectionCount(): number {
    return this.acceptedCount;
  }

  /** Connections cut in the middle of what the client sent, since the start: proof that `resetAfterRequestBytes` took effect. */
  get cutCount(): number {
    return this.cuts;
  }

  /** Bytes take so long each way from now on: a round trip takes twice as long. Order is kept. @param ms 0 for none */
  slowDown(ms: number): void {
    this.latencyMs = ms;
    for (const { streams } of this.links) for (const stream of streams) stream.latencyMs = ms;
  }

  /** Nothing passes either way and nobody is told: connections stay open, new ones are taken and starve. What waits passes after `heal`. */
  fallSilent(): void {
    this.isSilent = true;
    for (const { streams } of this.links) for (const stream of streams) stream.hold();
  }

  /** Cuts all connections and every new one at once. */
  refuse(): void {
    this.isRefusing = true;
    this.resetConnections();
  }

  /** Cuts all connections (RST), wherever they are; new ones are served. @returns how many were cut */
  resetConnections(): number {
    const cut = [...this.links];
    for (const link of cut) link.reset();
    return cut.length;
  }

  /** Lets so many more bytes from clients through, counted over all connections, then cuts the connection in the middle of what it sends. Once. */
  resetAfterRequestBytes(bytes: number): void {
    this.requestBytesLeft = bytes;
  }

  /** A good network again: what was held back passes, new connections are served. */
  heal(): void {
    this.isSilent = false;
    this.isRefusing = false;
    this.requestBytesLeft = Number.POSITIVE_INFINITY;
    this.slowDown(0);
    for (const { streams } of this.links) for (const stream of streams) stream.release();
  }

  /** Cuts everything and listens no more. */
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

  /** How many of these bytes may still pass; fewer than asked for means: cut here. */
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

/** One connection: the client's half and the server's. */
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
    // The part that is allowed must reach the server, which a reset would prevent.
    if (allowed < chunk.length) setImmediate(() => this.end(() => this.server.destroySoon()));
    return chunk.subarray(0, allowed);
  }
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
