import { basename } from 'node:path';
import type { ReadRows, RowPosition } from '../history/history.js';
import { instant } from './json-values.js';

/** A file and the rows of it that were used. */
export interface UsedSource {
  readonly file: string;
  readonly fileSha256: string;
  /** Rows at or after this time were not read, ms. */
  readonly endMs: number;
  readonly read: ReadRows;
  /** Rows kept with their features; earlier ones only built up the state of the features. */
  readonly keptRows: number;
}

/** The file without its folder, so that the result does not depend on the machine, and which rows were read. */
export function sourceJson({ file, fileSha256, endMs, read, keptRows }: UsedSource): object {
  return {
    file: { name: basename(file), sha256: fileSha256 },
    rows: {
      read: read.count,
      read_before: instant(endMs),
      first: position(read.first),
      last: position(read.last),
      oldest_at: instant(read.oldestMs),
      newest_at: instant(read.newestMs),
      sha256: read.sha256,
      kept: keptRows,
      repeated: read.repeated,
      late: read.late,
      skipped_after_end: read.skippedAfterEnd,
    },
  };
}

function position(row: RowPosition | undefined): object | null {
  return row === undefined ? null : { transaction_id: row.transactionId, occurred_at: instant(row.occurredAtMs) };
}
