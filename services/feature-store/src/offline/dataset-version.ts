import { createHash } from 'node:crypto';
import type { FeatureServiceDefinition } from '@fraudflow/features';
import { ByteSink } from '../bytes/byte-sink.js';
import type { TrainingRow } from './history.port.js';

/** What a data set was asked for; part of its version. */
export interface DatasetQuestion {
  readonly service: FeatureServiceDefinition;
  readonly fromMs: number;
  readonly toMs: number;
  readonly asOfMs: number;
  /** Also transactions that came too late to enter their entities' windows. Default: no. */
  readonly includeLate?: boolean;
}

/** Changes with the way rows are hashed, so that versions of different ways never look alike. */
const FORMAT = 'fraudflow-dataset-1';
const QUOTE = 0x22;
/** Printable ASCII without quotes and backslashes. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * SHA-256 over the question (range, labels' time, definitions) and every row in order: the same digest is the same data set, wherever
 * and whenever it was made. How rows were batched leaves no trace.
 */
export class DatasetVersion {
  private readonly hash = createHash('sha256');
  private readonly bytes = new ByteSink();
  private rows = 0;

  constructor({ service, fromMs, toMs, asOfMs, includeLate = false }: DatasetQuestion) {
    const { name, version, features } = service;
    const question = [FORMAT, name, version, features, fromMs, toMs, asOfMs];
    this.hash.update(JSON.stringify(includeLate ? [...question, 'late'] : question));
  }

  /** Takes the next rows in. */
  add(rows: readonly TrainingRow[]): void {
    this.rows += rows.length;
    for (const row of rows) this.addRow(row);
    this.hash.update(this.bytes.view());
    this.bytes.clear();
  }

  /** The version of all rows taken in; none can be added any more. */
  digest(): string {
    return this.hash.update(JSON.stringify(['rows', this.rows])).digest('hex');
  }

  /** The ids as a JSON array, so that no character of one can move the border to the next. */
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

  /** JSON leaves most ids as they are: those are copied, the others are left to it. */
  private addText(text: string): void {
    const { bytes } = this;
    if (!PLAIN.test(text)) return bytes.text(JSON.stringify(text));
    bytes.byte(QUOTE);
    bytes.ascii(text);
    bytes.byte(QUOTE);
  }

  /** Little-endian; every NaN becomes the same one. */
  private addDouble(value: number): void {
    this.bytes.double(Number.isNaN(value) ? Number.NaN : value);
  }
}
