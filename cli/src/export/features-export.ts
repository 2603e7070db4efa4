import { open, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type FeaturesEvent, featuresTopic } from '@fraudflow/contracts';
import { asError, invalidInput } from '@fraudflow/core';
import type { RawRecord } from '@fraudflow/messaging';
import { EXPORT_HEADER, exportLine } from './handbook-features.js';
import { type LogReader, readTopic } from '@fraudflow/bench';

export interface ExportProgress {
  readonly rows: number;
  readonly done: number;
  readonly total: number;
}

const compressed = promisify<string, Buffer>(gzip);

/**
 * Writes the topic `features` from its beginning to its present end, one line per transaction, in the log's order per
 * partition; compressed if the name ends in `.gz`. The file gets its name when it is complete.
 * @throws AppError invalid_input if the file cannot be written or a vector lacks a published feature.
 */
export async function* exportFeatures(log: LogReader, path: string): AsyncGenerator<ExportProgress> {
  const unfinished = `${path}.unfinished`;
  const file = await open(unfinished, 'w').catch((thrown: unknown) => {
    throw invalidInput(`${path} cannot be written: ${asError(thrown).message}`, { cause: thrown });
  });
  // A gzip file may have several members, so each piece is compressed separately.
  const write = async (text: string): Promise<void> =>
    file.appendFile(path.endsWith('.gz') ? await compressed(text) : text);
  let rows = 0;
  try {
    await write(`${EXPORT_HEADER}\n`);
    for await (const { records, done, total } of readTopic(log, featuresTopic.name)) {
      await write(records.map((record) => `${lineOf(record)}\n`).join(''));
      rows += records.length;
      yield { rows, done, total };
    }
    await file.close();
    await rename(unfinished, path);
  } finally {
    await file.close();
    await rm(unfinished, { force: true });
  }
}

function lineOf(record: RawRecord): string {
  if (record.value === null) throw invalidInput(`record ${record.offset} of ${featuresTopic.name} is empty`);
  const event = JSON.parse(record.value.toString('utf8')) as FeaturesEvent;
  return exportLine(event.transaction.transaction_id, event.features);
}
