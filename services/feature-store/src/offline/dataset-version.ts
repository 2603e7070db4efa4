import { createHash } from 'node:crypto';
import type { FeatureServiceDefinition } from '@fraudflow/features';
import type { TrainingRow } from './history.port.js';

/** What a data set was asked for; part of its version. */
export interface DatasetQuestion {
  readonly service: FeatureServiceDefinition;
  readonly fromMs: number;
  readonly toMs: number;
  readonly asOfMs: number;
}

/** Changes with the way rows are hashed, so that versions of different ways never look alike. */
const FORMAT = 'fraudflow-dataset-1';
const NUMBERS_BEHIND_VALUES = 4;

/**
 * SHA-256 over the question (range, labels' time, definitions) and every row in order: the same digest is the same data set, wherever
 * and whenever it was made. How rows were batched leaves no trace.
 */
export class DatasetVersion {
  private readonly hash = createHash('sha256');
  private numbers: Float64Array;
  private rows = 0;

  constructor({ service, fromMs, toMs, asOfMs }: DatasetQuestion) {
    const { name, version, features } = service;
    this.hash.update(JSON.stringify([FORMAT, name, version, features, fromMs, toMs, asOfMs]));
    this.numbers = new Float64Array(0);
  }

  /** Takes the next rows in. */
  add(rows: readonly TrainingRow[]): void {
    if (rows.length === 0) return;
    this.rows += rows.length;
    const width = (rows[0] as TrainingRow).values.length + NUMBERS_BEHIND_VALUES;
    if (this.numbers.length !== width) this.numbers = new Float64Array(width);
    const pieces: Buffer[] = [];
    for (const row of rows) pieces.push(Buffer.from(textsOf(row)), this.numbersOf(row));
    this.hash.update(Buffer.concat(pieces));
  }

  /** The version of all rows taken in; none can be added any more. */
  digest(): string {
    return this.hash.update(JSON.stringify(['rows', this.rows])).digest('hex');
  }

  /** Little-endian doubles. Assigning NaN by name makes all NaNs one. */
  private numbersOf({ values, occurredAtMs, amountMinor, label, labelledAtMs }: TrainingRow): Buffer {
    const { numbers } = this;
    const width = values.length;
    for (let i = 0; i < width; i++) {
      const value = values[i] as number;
      numbers[i] = Number.isNaN(value) ? Number.NaN : value;
    }
    numbers[width] = occurredAtMs;
    numbers[width + 1] = amountMinor;
    numbers[width + 2] = label;
    numbers[width + 3] = labelledAtMs;
    const bytes = Buffer.allocUnsafe(numbers.byteLength);
    bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    return bytes;
  }
}

/** JSON, so that no character of an id can move the border between two. */
function textsOf({ transactionId, customerId, terminalId, currency }: TrainingRow): string {
  return JSON.stringify([transactionId, customerId, terminalId, currency]);
}
