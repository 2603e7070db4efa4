import { createHash } from 'node:crypto';
import type { FeatureServiceDefinition } from '@fraudflow/features';
import { ByteWriter } from '@fraudflow/runtime-tuning';
import type { TrainingRow } from '../history/history.port.js';

/** The query of a data set; part of its version. */
export interface DatasetQuery {
  readonly service: FeatureServiceDefinition;
  readonly fromMs: number;
  readonly toMs: number;
  readonly asOfMs: number;
  /** Also transactions that were too late for their entities' windows. Default: no. */
  readonly includeLate?: boolean;
}

/** Name of the hash format; it changes with the format, so that versions of different formats never collide. */
const FORMAT = 'fraudflow-dataset-1';
const QUOTE = 0x22;
/** Printable ASCII without quotes and backslashes. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * SHA-256 over the query (range, as-of time of the labels, definitions) and every row in order. Equal digests mean
 * equal data sets, independent of place, time and batching.
 */
export class DatasetVersion {
  private readonly hash = createHash('sha256');
  private readonly bytes = new ByteWriter();
  private rows = 0;

  constructor({ service, fromMs, toMs, asOfMs, includeLate = false }: DatasetQuery) {
    const { name, version, features } = service;
    const query = [FORMAT, name, version, features, fromMs, toMs, asOfMs];
    this.hash.update(JSON.stringify(includeLate ? [...query, 'late'] : query));
  }

  /** Adds the next rows. */
  add(rows: readonly TrainingRow[]): void {
    this.rows += rows.length;
    for (const row of rows) this.addRow(row);
    this.hash.update(this.bytes.view());
    this.bytes.clear();
  }

  /** The version of all rows added. No row can be added afterwards. */
  digest(): string {
    return this.hash.update(JSON.stringify(['rows', this.rows])).digest('hex');
  }

  /** Hashes ids as a JSON array, so that no character of an id can shift the boundary to the next. */
  private addRow(row: TrainingRow): void {
    const { bytes } = this;
    bytes.ascii('[');
    this.addText(row.transactionId);
    bytes.ascii(',');
    this.addText(row.customerId);
    bytes.ascii(',');
    this.addText(row.terminalId);
    bytes.ascii(',');
    this.addText(row.currency);
    bytes.ascii(']');
    for (let i = 0; i < row.values.length; i++) this.addDouble(row.values[i] as number);
    this.addDouble(row.occurredAtMs);
    this.addDouble(row.amountMinor);
    this.addDouble(row.label);
    this.addDouble(row.labelledAtMs);
  }

  /** Copies ids that JSON does not escape, and uses `JSON.stringify` for others. */
  private addText(text: string): void {
    const { bytes } = this;
    if (!PLAIN.test(text)) return bytes.text(JSON.stringify(text));
    bytes.byte(QUOTE);
    bytes.ascii(text);
    bytes.byte(QUOTE);
  }

  /** Little-endian; every NaN is hashed as the same bit pattern. */
  private addDouble(value: number): void {
    this.bytes.double(Number.isNaN(value) ? Number.NaN : value);
  }
}
