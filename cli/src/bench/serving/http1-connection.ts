import { connect, type Socket } from 'node:net';
import { unavailable } from '@fraudflow/core';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** One keep-alive HTTP/1.1 connection that makes one prepared POST after the other; answers are measured by length, not parsed. */
export class Http1Connection {
  private readonly socket: Socket;
  private call: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  private head = Buffer.alloc(0);
  private missing = -1;
  private failure: string | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.socket.on('data', (chunk) => this.read(chunk));
    this.socket.on('close', () => this.lose('connection closed'));
    this.socket.on('error', (error) => this.lose(error.message));
  }

  /** Makes one call. @param request head and body. @throws AppError unavailable for anything but an answer 200. */
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

  private read(chunk: Buffer): void {
    if (this.missing < 0) {
      this.head = Buffer.concat([this.head, chunk]);
      const end = this.head.indexOf(END_OF_HEAD);
      if (end < 0) return;
      const head = this.head.toString('latin1', 0, end);
      const length = /content-length: *(\d+)/i.exec(head)?.[1];
      if (!head.startsWith('HTTP/1.1 200') || length === undefined)
        return this.fail(this.head.toString('latin1', 0, 400));
      this.missing = Number(length) - (this.head.length - end - END_OF_HEAD.length);
    } else this.missing -= chunk.length;
    if (this.missing > 0) return;
    const { call } = this;
    this.head = Buffer.alloc(0);
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

/** A POST of JSON, ready to be written. */
export function httpPost(path: string, body: string): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}
