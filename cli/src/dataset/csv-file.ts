import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { DatasetBatch, DatasetFile } from './dataset-file.js';

const SPECIAL = /[",\r\n]/;

/**
 * Comma-separated, RFC 4180: times in ISO 8601, a missing value is empty, numbers as the shortest text that parses to
 * the same double.
 */
export function csvFile(path: string, featureNames: readonly string[]): DatasetFile {
  const stream = createWriteStream(path);
  const done = finished(stream);
  done.catch(() => undefined);
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await Promise.race([once(stream, 'drain'), done]);
  };
  const header = ['transaction_id', 'customer_id', 'terminal_id', 'currency', 'event_timestamp', 'amount_minor'];
  const first = write(`${[...header, ...featureNames, 'label', 'labelled_at'].map(quoted).join(',')}\n`);
  return {
    async write(batch) {
      await first;
      const lines = batch.transactionIds.map((_id, row) => lineOf(batch, row, featureNames.length));
      await write(lines.join(''));
    },
    async close() {
      await first;
      stream.end();
      await done;
    },
  };
}

function lineOf(batch: DatasetBatch, row: number, width: number): string {
  const values = batch.values.slice(row * width, (row + 1) * width);
  const texts = [batch.transactionIds[row], batch.customerIds[row], batch.terminalIds[row], batch.currencies[row]];
  return `${[
    ...texts.map((text) => quoted(text ?? '')),
    instant(batch.occurredAtMs[row] ?? 0),
    batch.amountMinor[row],
    ...values.map((value) => (Number.isNaN(value) ? '' : value)),
    batch.labels[row],
    batch.labelledAtMs[row] === 0 ? '' : instant(batch.labelledAtMs[row] ?? 0),
  ].join(',')}\n`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function quoted(text: string): string {
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
