import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { readHandbookFile } from '@fraudflow/bench';
import { HistoryBuilder } from './history-builder.js';
import type { History, HistoryRange } from './history.js';

/** Progress of reading a file. */
export interface ReadProgress {
  /** Share of the file's bytes, 0 to 1. */
  readonly share: number;
  readonly rows: number;
  /** Event time of the newest row read, ms. */
  readonly newestMs: number;
}

/** How reading is watched and stopped. */
export interface ReadWatch {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReadProgress) => void;
}

/**
 * Reads a handbook-format file (`.csv`, `.csv.gz`) and computes the features of every row before the end of the range
 * as the stream would. Memory grows only with the kept rows.
 * @throws AppError not_found or invalid_input naming file and line; the signal's reason when aborted
 */
export async function readHistory(
  path: string,
  range: HistoryRange,
  { signal, onProgress }: ReadWatch,
): Promise<History> {
  const builder = new HistoryBuilder(range);
  for await (const { rows, progress } of readHandbookFile(path)) {
    signal.throwIfAborted();
    builder.add(rows);
    onProgress({ share: progress, rows: builder.count, newestMs: builder.newestMs });
  }
  return builder.build();
}

/** SHA-256 of a file's bytes, 64 hexadecimal digits. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
