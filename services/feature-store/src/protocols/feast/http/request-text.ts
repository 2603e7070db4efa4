import { errorCodes } from 'fastify';
import type { IncomingMessage } from 'node:http';

/**
 * The body of a request as text; its content type is not looked at.
 * @throws Fastify's error for a body beyond the limit (413), or what the connection failed with (400)
 */
export function requestText(request: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let byteLength = 0;
    const onData = (chunk: Buffer): void => {
      byteLength += chunk.length;
      if (byteLength <= limitBytes) chunks.push(chunk);
      else refuse();
    };
    // What is still to come is dropped unread: the stream goes on flowing.
    const refuse = (): void => {
      request.off('data', onData);
      request.resume();
      reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
    };
    // A client that hung up is the caller's doing (400), not a failure to be logged.
    request.once('error', (error) => reject(Object.assign(error, { statusCode: 400 })));
    request.once('end', () => resolve(textOf(chunks)));
    if (Number(request.headers['content-length']) > limitBytes) refuse();
    else request.on('data', onData);
  });
}

/** Decoded at once, so that no character is cut between two pieces. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first.toString() : Buffer.concat(chunks).toString();
}
