import type { arrowFlight } from '@fraudflow/contracts';
import { AppError, asError } from '@fraudflow/core';
import { RecordBatchReader, Table } from 'apache-arrow';
import { flightError, flightMistake } from './flight-errors.js';
import { ipcChunks } from './ipc-framing.js';

/** A command and a table, received on one stream. */
export interface Upload {
  /** The command as received; it identifies the upload. */
  readonly command: string;
  readonly table: Table;
  readonly bytes: number;
}

export interface UploadLimits {
  readonly maxUploadBytes: number;
  readonly maxRows: number;
}

/**
 * Reads an upload to its end and holds at most the allowed bytes. An upload above the limit is read to its end and
 * discarded, because Feast's client checks for an error only after it has sent everything.
 * @throws AppError invalid_input, a Flight error: no command, too many bytes or rows, or an unreadable table
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
    throw tooLarge(`the upload has ${bytes} bytes; at most ${limits.maxUploadBytes} are allowed: send it in parts`);
  }
  const table = readTable(chunks);
  if (table.numRows > limits.maxRows) {
    throw tooLarge(`the table has ${table.numRows} rows; at most ${limits.maxRows} are allowed: send it in parts`);
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
