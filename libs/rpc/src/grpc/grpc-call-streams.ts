import type { Readable } from 'node:stream';
import { readable } from './bounded-requests.js';

/** The writable side of a streaming call. */
export interface ResponseStream<Response> extends NodeJS.EventEmitter {
  write(message: Response): boolean;
  end(): unknown;
}

/**
 * The call's request messages. The iteration ends when the caller half-closes. If the reader stops early, the call
 * stays open, so that the status can still be sent.
 * @throws AppError for a message that cannot be decoded
 */
export async function* messagesOf<Request>(call: Pick<Readable, 'iterator'>): AsyncGenerator<Request> {
  for await (const message of call.iterator({ destroyOnReturn: false })) yield readable(message as Request);
}

/** Writes the messages of `open` with back-pressure from the caller. Ends early when the signal aborts. */
export async function pump<Response>(
  call: ResponseStream<Response>,
  open: () => AsyncIterable<Response>,
  signal: AbortSignal,
): Promise<void> {
  for await (const message of open()) {
    if (signal.aborted) return;
    if (!call.write(message)) await drained(call, signal);
  }
}

function drained(stream: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.on('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
