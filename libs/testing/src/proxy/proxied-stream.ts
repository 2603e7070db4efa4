import type { Socket } from 'node:net';

/** Bytes held back before the sender is paused, like by a full receive window. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

interface Held {
  readonly chunk: Buffer;
  readonly dueAtMs: number;
}

/** One direction of a proxied connection. It forwards bytes in order, optionally delayed or held. */
export class ProxiedStream {
  /** Delay of each chunk, ms. */
  latencyMs = 0;
  private readonly held: Held[] = [];
  private heldBytes = 0;
  private isHolding = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param change maps each chunk before it is forwarded; an empty result forwards nothing */
  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    change: (chunk: Buffer) => Buffer,
  ) {
    from.on('data', (chunk: Buffer) => this.take(change(chunk)));
    from.on('end', () => this.take(END));
    to.on('drain', () => from.resume());
  }

  /** Holds all bytes until `release`. */
  hold(): void {
    this.isHolding = true;
  }

  release(): void {
    this.isHolding = false;
    this.forward();
  }

  /** Drops the held bytes. */
  stop(): void {
    clearTimeout(this.timer);
    this.held.length = 0;
    this.isHolding = true;
  }

  private take(chunk: Buffer): void {
    if (chunk.length === 0 && chunk !== END) return;
    this.held.push({ chunk, dueAtMs: performance.now() + this.latencyMs });
    this.heldBytes += chunk.length;
    if (this.heldBytes > MAX_HELD_BYTES) this.from.pause();
    this.forward();
  }

  private forward(): void {
    clearTimeout(this.timer);
    while (!this.isHolding) {
      const next = this.held[0];
      if (next === undefined) return;
      const waitMs = next.dueAtMs - performance.now();
      if (waitMs > 0 && this.latencyMs > 0) {
        this.timer = setTimeout(() => this.forward(), waitMs);
        return;
      }
      this.held.shift();
      this.heldBytes -= next.chunk.length;
      this.write(next.chunk);
    }
  }

  private write(chunk: Buffer): void {
    if (chunk === END) this.to.end();
    else if (!this.to.write(chunk)) this.from.pause();
    else if (this.heldBytes <= MAX_HELD_BYTES) this.from.resume();
  }
}

/** Marks the end of the stream among the chunks; compared by identity. */
const END = Buffer.alloc(0);
