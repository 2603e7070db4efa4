import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, timedOut } from '@fraudflow/core';

export interface UploadLimits {
  readonly maxBytes: number;
  /** Time without bytes after which an upload is aborted, ms. */
  readonly idleTimeoutMs: number;
}

export interface ReceivedUpload {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Writes an upload to a file, syncs it to disk, and computes its size and digest.
 * @throws AppError invalid_input (ARTIFACT_TOO_LARGE) for more than maxBytes; timeout (UPLOAD_IDLE) after idleTimeoutMs
 * without bytes
 */
export async function receiveUpload(content: Readable, file: string, limits: UploadLimits): Promise<ReceivedUpload> {
  const hash = createHash('sha256');
  const idle = new AbortController();
  let sizeBytes = 0;
  const timer = setTimeout(() => idle.abort(), limits.idleTimeoutMs);
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh();
      sizeBytes += chunk.length;
      if (sizeBytes > limits.maxBytes) return done(tooLarge(limits.maxBytes));
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(content, measure, createWriteStream(file), { signal: idle.signal });
  } catch (thrown) {
    if (!idle.signal.aborted) throw thrown;
    throw timedOut(`The upload sent nothing for ${limits.idleTimeoutMs} ms`, { code: 'UPLOAD_IDLE', cause: thrown });
  } finally {
    clearTimeout(timer);
  }
  const handle = await open(file, 'r');
  await handle.sync().finally(() => handle.close());
  return { sha256: hash.digest('hex'), sizeBytes };
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('invalid_input', `The file is larger than ${maxBytes} bytes, the greatest size of an artifact`, {
    code: 'ARTIFACT_TOO_LARGE',
  });
}
