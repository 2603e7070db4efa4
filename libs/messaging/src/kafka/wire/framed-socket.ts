import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { asError } from '@fraudflow/core';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_DELAY_MS = 60_000;
const READ_BYTES = 128 * 1024;
const SIZE_BYTES = 4;
/** Far above the largest fetch limit: a larger frame is not a valid broker response. */
const MAX_FRAME_BYTES = 1024 * 1024 * 1024;

/**
 * Socket factory for kafkajs. A plain socket reads into one reused buffer and emits each response as a whole in a
 * separate buffer. The default socket allocates a buffer per read and another per response, and V8 schedules garbage
 * collection by the bytes of new buffers.
 */
export const framedSockets: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    : framed(host, port, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  return socket;
};

function framed(host: string, port: number, onConnect: () => void): Socket {
  const reader = new FrameReader();
  const callback = (bytes: number, buffer: Uint8Array): boolean => {
    try {
      for (const frame of reader.read(buffer.subarray(0, bytes))) socket.emit('data', frame);
    } catch (thrown) {
      socket.destroy(asError(thrown));
    }
    return true;
  };
  const onread = { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback };
  const socket = connect({ host, port, onread }, onConnect);
  return socket;
}

/**
 * Reassembles the responses of a broker, each prefixed with the four bytes of its size.
 * Source: https://kafka.apache.org/protocol#protocol_common.
 */
export class FrameReader {
  private readonly size = Buffer.alloc(SIZE_BYTES);
  private sizeBytes = 0;
  private frame: Buffer | undefined;
  private filled = 0;

  /**
   * Adds bytes that were read. They are copied, so the caller may reuse the buffer.
   * @returns the frames that are complete
   * @throws RangeError if a size is invalid
   */
  read(chunk: Uint8Array): readonly Buffer[] {
    const whole: Buffer[] = [];
    for (let at = 0; at < chunk.length;) {
      if (this.frame === undefined) {
        at = this.readSize(chunk, at);
        continue;
      }
      const taken = Math.min(chunk.length - at, this.frame.length - this.filled);
      this.frame.set(chunk.subarray(at, at + taken), this.filled);
      this.filled += taken;
      at += taken;
      if (this.filled === this.frame.length) whole.push(this.take(this.frame));
    }
    return whole;
  }

  private readSize(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && this.sizeBytes < SIZE_BYTES) this.size[this.sizeBytes++] = chunk[at++] as number;
    if (this.sizeBytes < SIZE_BYTES) return at;
    const bytes = this.size.readInt32BE(0);
    if (bytes <= 0 || bytes > MAX_FRAME_BYTES) throw new RangeError(`invalid response size: ${bytes} bytes`);
    this.frame = Buffer.allocUnsafe(SIZE_BYTES + bytes);
    this.frame.set(this.size);
    this.filled = SIZE_BYTES;
    return at;
  }

  private take(frame: Buffer): Buffer {
    this.frame = undefined;
    this.sizeBytes = 0;
    return frame;
  }
}
