import type { Readable } from 'node:stream';
import { readable } from './bounded-requests.js';

/** The part of a streaming call that responses are written to. */
export interface ResponseStream<Response> extends NodeJS.EventEmitter {
  write(message: Response): boolean;
  end(): unknown;
}

/**
 * The call's request messages; ends when the caller half-closes. A reader that stops early leaves the call open, for the status
 * still to be sent.
 * @throws AppError for a message that could not be read.
 */
export async function* messagesOf<Request>(call: Pick<Readable, 'iterator'>): AsyncGenerator<Request> {
  for await (const message of call.iterator({ destroyOnReturn: false })) yield readable(message as Request);
}

/** Writes what `open` yields, no faster than the caller reads. Ends early when the signal aborts. */
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
