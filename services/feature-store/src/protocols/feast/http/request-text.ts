import { errorCodes } from 'fastify';
import type { IncomingMessage } from 'node:http';

/**
 * The body of a request as text; its content type is ignored.
 * @throws Fastify's error for a body beyond the limit (413), or the error of the connection (400)
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
    // The rest of the body is read and discarded, so that the stream does not stall.
    const refuse = (): void => {
      request.off('data', onData);
      request.resume();
      reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
    };
    // A closed connection is an error of the client (400) and is not logged as a failure.
    request.once('error', (error) => reject(Object.assign(error, { statusCode: 400 })));
    request.once('end', () => resolve(textOf(chunks)));
    if (Number(request.headers['content-length']) > limitBytes) refuse();
    else request.on('data', onData);
  });
}

/** Decodes all chunks together, so that no character is split between two of them. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first.toString() : Buffer.concat(chunks).toString();
}
