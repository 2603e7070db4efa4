import { connect, type Socket } from 'node:net';
import { unavailable } from '@fraudflow/core';

// Frame types and flags of RFC 9113.
const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const END_STREAM = 0x1;
const ACK = 0x1;
const END_HEADERS = 0x4;
const HEADER_BYTES = 9;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const INITIAL_WINDOW_SETTING = 4;
const LARGEST_WINDOW = 0x7fffffff;
const USUAL_WINDOW = 65_535;
/** Flow-control window for the server's data, updated in large steps. */
const GIVE_BACK_BYTES = 1 << 26;

interface Call {
  readonly done: (failure: string | undefined) => void;
  receivedBytes: number;
}

/**
 * One connection for unary gRPC calls of one method, with a tenth of the work of a full client: otherwise a load driver
 * in JavaScript takes twice the CPU time of the server it measures. Requests are prepared; responses are counted, not
 * decoded.
 */
export class Http2Connection {
  private readonly socket: Socket;
  private readonly headers: Buffer;
  private readonly calls = new Map<number, Call>();
  private nextStream = 1;
  private rest: Buffer = Buffer.alloc(0);
  private mayBeSent = USUAL_WINDOW;
  private unsent: { readonly body: Buffer; readonly call: Call }[] = [];
  private toGiveBack = 0;
  private failure: string | undefined;

  /** @param path e.g. `/feast.serving.ServingService/GetOnlineFeatures` */
  constructor(port: number, path: string) {
    this.headers = requestHeaders(path, `127.0.0.1:${port}`);
    this.socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.socket.on('data', (chunk) => this.read(chunk));
    this.socket.on('close', () => this.failAll('connection closed'));
    this.socket.on('error', (error) => this.failAll(error.message));
    const settings = Buffer.alloc(6);
    settings.writeUInt16BE(INITIAL_WINDOW_SETTING, 0);
    settings.writeUInt32BE(LARGEST_WINDOW, 2);
    this.socket.write(PREFACE);
    this.socket.write(frame(FRAME.settings, 0, 0, settings));
    this.socket.write(windowUpdate(LARGEST_WINDOW - USUAL_WINDOW));
  }

  /**
   * Makes one call. @param message length-prefixed as gRPC has it. @throws AppError unavailable without a response
   */
  call(message: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (failure: string | undefined): void => {
        if (failure === undefined) resolve();
        else reject(unavailable(`the call failed: ${failure}`));
      };
      if (this.failure !== undefined) return done(this.failure);
      this.unsent.push({ body: message, call: { done, receivedBytes: 0 } });
      this.sendWhatMayBe();
    });
  }

  close(): void {
    this.socket.destroy();
  }

  /**
   * The connection's window bounds the data in flight; a request is always smaller than a stream's window.
   */
  private sendWhatMayBe(): void {
    for (let next = this.unsent[0]; next !== undefined && next.body.length <= this.mayBeSent; next = this.unsent[0]) {
      this.unsent.shift();
      const stream = this.nextStream;
      this.nextStream += 2;
      this.mayBeSent -= next.body.length;
      this.calls.set(stream, next.call);
      const head = frame(FRAME.headers, END_HEADERS, stream, this.headers);
      this.socket.write(Buffer.concat([head, frame(FRAME.data, END_STREAM, stream, next.body)]));
    }
  }

  private read(chunk: Buffer): void {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (bytes.length >= HEADER_BYTES) {
      const length = bytes.readUIntBE(0, 3);
      if (bytes.length < HEADER_BYTES + length) break;
      const stream = bytes.readUInt32BE(5) & LARGEST_WINDOW;
      this.take(bytes[3] ?? 0, bytes[4] ?? 0, stream, bytes.subarray(HEADER_BYTES, HEADER_BYTES + length));
      bytes = bytes.subarray(HEADER_BYTES + length);
    }
    this.rest = bytes;
    if (this.toGiveBack < GIVE_BACK_BYTES) return;
    this.socket.write(windowUpdate(this.toGiveBack));
    this.toGiveBack = 0;
  }

  private take(type: number, flags: number, stream: number, payload: Buffer): void {
    if (stream === 0) return this.takeForConnection(type, flags, payload);
    const call = this.calls.get(stream);
    if (type === FRAME.data) {
      this.toGiveBack += payload.length;
      if (call !== undefined) call.receivedBytes += payload.length;
    }
    const mayEnd = type === FRAME.headers || type === FRAME.data;
    const isEnd = type === FRAME.reset || (mayEnd && (flags & END_STREAM) !== 0);
    if (call === undefined || !isEnd) return;
    this.calls.delete(stream);
    // An error has trailers only: a call with a message has succeeded.
    call.done(type !== FRAME.reset && call.receivedBytes > 0 ? undefined : 'an error instead of a response');
  }

  private takeForConnection(type: number, flags: number, payload: Buffer): void {
    if (type === FRAME.goAway) return this.failAll('the server sent GOAWAY');
    if (type === FRAME.windowUpdate) {
      this.mayBeSent += payload.readUInt32BE(0) & LARGEST_WINDOW;
      return this.sendWhatMayBe();
    }
    if ((flags & ACK) !== 0) return;
    if (type === FRAME.settings) this.socket.write(frame(FRAME.settings, ACK, 0));
    else if (type === FRAME.ping) this.socket.write(frame(FRAME.ping, ACK, 0, payload));
  }

  private failAll(why: string): void {
    this.failure ??= why;
    const waiting = [...this.calls.values(), ...this.unsent.map(({ call }) => call)];
    this.calls.clear();
    this.unsent = [];
    for (const call of waiting) call.done(why);
  }
}

/** A message with gRPC's prefix: not compressed, its length. */
export function grpcMessage(encoded: Uint8Array): Buffer {
  const message = Buffer.alloc(5 + encoded.length);
  message.writeUInt32BE(encoded.length, 1);
  message.set(encoded, 5);
  return message;
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, HEADER_BYTES);
  return bytes;
}

function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(FRAME.windowUpdate, 0, 0, payload);
}

/** HPACK without its dynamic table, so that the block is the same for every call. */
function requestHeaders(path: string, authority: string): Buffer {
  const literal = (name: readonly number[], value: string): Buffer =>
    Buffer.concat([Buffer.from([...name, value.length]), Buffer.from(value, 'latin1')]);
  const te = [0x00, 2, ...Buffer.from('te')];
  return Buffer.concat([
    // :method POST, :scheme http from the static table; the names of :path, :authority and content-type, too.
    Buffer.from([0x83, 0x86]),
    literal([0x04], path),
    literal([0x01], authority),
    literal([0x0f, 0x10], 'application/grpc'),
    literal(te, 'trailers'),
  ]);
}
