import { connect, type Socket } from 'node:net';
import { unavailable } from '@fraudflow/core';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const OK = Buffer.from('HTTP/1.1 200');
const LENGTH = Buffer.from('content-length: ');
const READ_BYTES = 65_536;
const ZERO = 48;
const NINE = 57;

/**
 * One keep-alive HTTP/1.1 connection that makes prepared POST requests one after the other. Responses are delimited by
 * their length, not parsed. Reads reuse one buffer: garbage collection of the driver would count as the server's
 * latency.
 */
export class Http1Connection {
  private readonly socket: Socket;
  private call: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  private readonly bytes = Buffer.allocUnsafeSlow(READ_BYTES);
  /** The received part of an incomplete head. */
  private head: Buffer | undefined;
  private missing = -1;
  private failure: string | undefined;

  constructor(port: number) {
    const callback = (count: number): boolean => this.read(this.bytes.subarray(0, count));
    this.socket = connect({ port, host: '127.0.0.1', onread: { buffer: this.bytes, callback } }).setNoDelay(true);
    this.socket.on('close', () => this.lose('connection closed'));
    this.socket.on('error', (error) => this.lose(error.message));
  }

  /** Makes one call. @param request head and body. @throws AppError unavailable for anything but a response 200. */
  post(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(unavailable(`the call failed: ${this.failure}`));
      this.call = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): true {
    if (this.missing < 0) this.beginAnswer(this.head === undefined ? chunk : Buffer.concat([this.head, chunk]));
    else this.missing = Math.max(0, this.missing - chunk.length);
    if (this.missing === 0) this.endAnswer();
    return true;
  }

  private beginAnswer(bytes: Buffer): void {
    const end = bytes.indexOf(END_OF_HEAD);
    if (end < 0) {
      this.head = Buffer.from(bytes);
      return;
    }
    const length = lengthIn(bytes, end);
    if (length === undefined || bytes.compare(OK, 0, OK.length, 0, OK.length) !== 0)
      return this.fail(bytes.toString('latin1', 0, 400));
    this.head = undefined;
    this.missing = Math.max(0, length - (bytes.length - end - END_OF_HEAD.length));
  }

  private endAnswer(): void {
    const { call } = this;
    this.missing = -1;
    this.call = undefined;
    call?.resolve();
  }

  private lose(why: string): void {
    this.failure ??= why;
    this.fail(why);
  }

  private fail(why: string): void {
    const { call } = this;
    this.call = undefined;
    call?.reject(unavailable(`the call failed: ${why}`));
  }
}

/** The body length that a head states. Node and uvicorn write names in lower case; other heads are decoded as text. */
function lengthIn(bytes: Buffer, end: number): number | undefined {
  const at = bytes.indexOf(LENGTH);
  if (at < 0 || at > end) {
    const length = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
    return length === undefined ? undefined : Number(length);
  }
  let length = 0;
  for (let i = at + LENGTH.length; i < end; i++) {
    const digit = bytes[i] ?? 0;
    if (digit < ZERO || digit > NINE) break;
    length = length * 10 + digit - ZERO;
  }
  return length;
}

/** A POST of JSON, ready to be written. */
export function httpPost(path: string, body: string): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}
