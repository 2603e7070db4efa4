import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { AppError, asError, invalidInput, notFound } from '@fraudflow/core';
import { type HandbookRow, type RowParser, rowParser } from './handbook-row.js';

/** Rows of one chunk of the file, in file order. */
export interface RowBatch {
  readonly rows: readonly HandbookRow[];
  /** Fraction of the file that has been read, 0 to 1. */
  readonly progress: number;
}

/**
 * Streams a handbook-format file, gzip-compressed if its name ends in `.gz`. Memory is bounded by a few chunks.
 * @throws AppError not_found if it cannot be opened, invalid_input naming file and line of the first bad one.
 */
export async function* readHandbookFile(path: string): AsyncGenerator<RowBatch> {
  const bytes = await fileSize(path);
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const source = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: 256 * 1024 })) : file;
  // pipe() does not forward errors.
  if (source !== file) file.once('error', (error) => source.destroy(error));
  const lines = new LineParser(path);
  try {
    for await (const chunk of source) {
      const rows = lines.take((chunk as Buffer).toString('latin1'));
      if (rows.length > 0) yield { rows, progress: Math.min(1, file.bytesRead / Math.max(1, bytes)) };
    }
    yield { rows: lines.end(), progress: 1 };
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw invalidInput(`${path} cannot be read: ${asError(thrown).message}`, { cause: thrown });
  } finally {
    file.destroy();
    source.destroy();
  }
}

async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    throw notFound(`${path} cannot be opened: ${asError(thrown).message}`, { cause: thrown });
  }
}

/** Splits text into lines and parses them; counts the lines. */
class LineParser {
  private rest = '';
  private lineNumber = 0;
  private parse: RowParser | undefined;

  constructor(private readonly path: string) {}

  take(text: string): HandbookRow[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    return this.rowsOf(lines);
  }

  /** The last line, which may have no line end. */
  end(): HandbookRow[] {
    const rows = this.rowsOf([this.rest]);
    if (this.parse === undefined) throw invalidInput(`${this.path} is empty`, { code: 'CSV_HEADER_INVALID' });
    return rows;
  }

  private rowsOf(lines: readonly string[]): HandbookRow[] {
    const rows: HandbookRow[] = [];
    for (const raw of lines) {
      this.lineNumber++;
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') continue;
      try {
        if (this.parse === undefined) this.parse = rowParser(line);
        else rows.push(this.parse(line));
      } catch (thrown) {
        const { message } = asError(thrown);
        throw invalidInput(`${this.path} line ${this.lineNumber}: ${message}`, { cause: thrown });
      }
    }
    return rows;
  }
}
