import { AppError, invalidInput } from '@fraudflow/core';
import { answerOf, failure, type HttpOptions, noAnswer } from './http.js';

/**
 * Reads a file in chunks, at most `maxBytes` of it.
 * @throws AppError invalid_input ARTIFACT_TOO_LARGE; unavailable if no chunk arrives for `timeoutMs`
 */
export async function download(options: HttpOptions, path: string, maxBytes: number): Promise<Uint8Array> {
  const abort = new AbortController();
  const timer = setTimeout(
    () => abort.abort(new Error(`no bytes arrived for ${options.timeoutMs} ms`)),
    options.timeoutMs,
  );
  try {
    const response = await answerOf(options, 'GET', path, { signal: abort.signal });
    if (!response.ok) throw await failure(response, 'GET', path);
    return await read(response, maxBytes, () => timer.refresh());
  } catch (thrown) {
    throw thrown instanceof AppError ? thrown : noAnswer(options, abort.signal.aborted ? abort.signal.reason : thrown);
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

async function read(response: Response, maxBytes: number, progressed: () => void): Promise<Uint8Array> {
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(response.url, maxBytes);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    progressed();
    length += piece.byteLength;
    if (length > maxBytes) throw tooLarge(response.url, maxBytes);
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces, length));
}

function tooLarge(url: string, maxBytes: number): AppError {
  return invalidInput(`${url} has more than the ${maxBytes} bytes allowed`, { code: 'ARTIFACT_TOO_LARGE' });
}
