import type { arrowFlight } from '@fraudflow/contracts';
import { AppError, asError } from '@fraudflow/core';
import { RecordBatchReader, Table } from 'apache-arrow';
import { flightError, flightMistake } from './flight-errors.js';
import { ipcChunks } from './ipc-framing.js';

/** What a caller sent on one stream: a command and a table. */
export interface Upload {
  /** The command as it came; it identifies the upload. */
  readonly command: string;
  readonly table: Table;
  readonly bytes: number;
}

export interface UploadLimits {
  readonly maxUploadBytes: number;
  readonly maxRows: number;
}

/**
 * Reads an upload to its end, holding at most the allowed bytes. Too large a one is read on and dropped, because Feast's client looks
 * for an error only after it has sent everything.
 * @throws AppError invalid_input | resource_exhausted, as Flight errors
 */
export async function readUpload(
  messages: AsyncIterable<arrowFlight.FlightData>,
  limits: UploadLimits,
): Promise<Upload> {
  let command: string | undefined;
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const message of messages) {
    command ??= message.flightDescriptor?.cmd.toString('utf8');
    bytes += message.dataHeader.length + message.dataBody.length;
    if (bytes > limits.maxUploadBytes) chunks = [];
    else if (message.dataHeader.length > 0) chunks.push(...ipcChunks(message));
  }
  if (command === undefined || command === '') throw flightMistake('the descriptor holds no command', 'descriptor');
  if (bytes > limits.maxUploadBytes) {
    throw tooLarge(`the upload has ${bytes} bytes; at most ${limits.maxUploadBytes} are taken`);
  }
  const table = readTable(chunks);
  if (table.numRows > limits.maxRows) {
    throw tooLarge(`the table has ${table.numRows} rows; at most ${limits.maxRows} are taken: ask in parts`);
  }
  return { command, table, bytes };
}

function tooLarge(message: string): AppError {
  return flightError('invalid_input', 'FeastError', message, 'entity_df');
}

function readTable(chunks: readonly Uint8Array[]): Table {
  try {
    const reader = RecordBatchReader.from(chunks);
    const batches = [...reader];
    return batches.length === 0 ? new Table(reader.schema) : new Table(batches);
  } catch (thrown) {
    throw new AppError(
      'invalid_input',
      flightMistake(`the table cannot be read: ${asError(thrown).message}`, 'entity_df').message,
      { code: 'TABLE_UNREADABLE', cause: thrown },
    );
  }
}
