import { createHash } from 'node:crypto';
import type { FeatureServiceDefinition } from '@fraudflow/features';
import type { TrainingRow } from './history.port.js';
import { RowBytes } from './row-bytes.js';

/** What a data set was asked for; part of its version. */
export interface DatasetQuestion {
  readonly service: FeatureServiceDefinition;
  readonly fromMs: number;
  readonly toMs: number;
  readonly asOfMs: number;
}

/** Changes with the way rows are hashed, so that versions of different ways never look alike. */
const FORMAT = 'fraudflow-dataset-1';

/**
 * SHA-256 over the question (range, labels' time, definitions) and every row in order: the same digest is the same data set, wherever
 * and whenever it was made. How rows were batched leaves no trace.
 */
export class DatasetVersion {
  private readonly hash = createHash('sha256');
  private readonly bytes = new RowBytes();
  private rows = 0;

  constructor({ service, fromMs, toMs, asOfMs }: DatasetQuestion) {
    const { name, version, features } = service;
    this.hash.update(JSON.stringify([FORMAT, name, version, features, fromMs, toMs, asOfMs]));
  }

  /** Takes the next rows in. */
  add(rows: readonly TrainingRow[]): void {
    this.rows += rows.length;
    for (const row of rows) this.addRow(row);
    this.hash.update(this.bytes.take());
  }

  /** The version of all rows taken in; none can be added any more. */
  digest(): string {
    return this.hash.update(JSON.stringify(['rows', this.rows])).digest('hex');
  }

  private addRow(row: TrainingRow): void {
    const { bytes } = this;
    bytes.texts([row.transactionId, row.customerId, row.terminalId, row.currency]);
    for (let i = 0; i < row.values.length; i++) bytes.double(row.values[i] as number);
    bytes.double(row.occurredAtMs);
    bytes.double(row.amountMinor);
    bytes.double(row.label);
    bytes.double(row.labelledAtMs);
  }
}
