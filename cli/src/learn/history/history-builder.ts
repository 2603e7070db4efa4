import { createHash } from 'node:crypto';
import type { HandbookRow } from '@fraudflow/bench';
import { FeatureMatrix } from './feature-matrix.js';
import { FeatureStream } from './feature-stream.js';
import type { History, HistoryRange, ReadRows, RowPosition } from './history.js';

/** Turns rows in file order into the columns and features of a range. */
export class HistoryBuilder {
  readonly #stream: FeatureStream;
  readonly #features: FeatureMatrix;
  readonly #transactionIds: string[] = [];
  readonly #cardIds: number[] = [];
  readonly #occurredAtMs: number[] = [];
  readonly #labels: number[] = [];
  readonly #labelledAtMs: number[] = [];
  readonly #amounts: number[] = [];
  readonly #scenarios: number[] = [];
  readonly #cards = new Map<string, number>();
  readonly #digest = createHash('sha256');
  #first: RowPosition | undefined;
  #last: RowPosition | undefined;
  #oldestMs = Number.NaN;
  #newestMs = Number.NaN;
  #count = 0;
  #skippedAfterEnd = 0;
  #repeated = 0;
  #late = 0;

  constructor(private readonly range: HistoryRange) {
    this.#stream = new FeatureStream(range.service, range.labelDelayMs);
    this.#features = new FeatureMatrix(range.service.features.length);
  }

  /** Rows read so far. */
  get count(): number {
    return this.#count;
  }

  /** Event time of the newest row read so far, ms; NaN before the first. */
  get newestMs(): number {
    return this.#newestMs;
  }

  add(rows: readonly HandbookRow[]): void {
    let text = '';
    for (const row of rows) {
      if (row.occurredAtMs >= this.range.endMs) {
        this.#skippedAfterEnd++;
        continue;
      }
      text += `${row.transactionId},${row.occurredAtMs},${row.customerId},${row.terminalId},${row.amount},${Number(row.isFraud)}\n`;
      this.#take(row);
    }
    this.#digest.update(text);
  }

  /** The columns of the kept rows. Call it once, after the last row. */
  build(): History {
    return {
      featureNames: this.range.service.features.map(({ name }) => name),
      features: this.#features,
      transactionIds: this.#transactionIds,
      cardIds: Int32Array.from(this.#cardIds),
      occurredAtMs: Float64Array.from(this.#occurredAtMs),
      labels: Float32Array.from(this.#labels),
      labelledAtMs: Float64Array.from(this.#labelledAtMs),
      amounts: Float64Array.from(this.#amounts),
      scenarios: Uint16Array.from(this.#scenarios),
      read: this.#readRows(),
    };
  }

  #readRows(): ReadRows {
    return {
      count: this.#count,
      first: this.#first,
      last: this.#last,
      oldestMs: this.#oldestMs,
      newestMs: this.#newestMs,
      skippedAfterEnd: this.#skippedAfterEnd,
      repeated: this.#repeated,
      late: this.#late,
      sha256: this.#digest.digest('hex'),
    };
  }

  #take(row: HandbookRow): void {
    const { transactionId, occurredAtMs } = row;
    this.#count++;
    this.#last = { transactionId, occurredAtMs };
    this.#first ??= this.#last;
    // Comparisons with NaN are false, so the first row sets both.
    if (!(occurredAtMs >= this.#oldestMs)) this.#oldestMs = occurredAtMs;
    if (!(occurredAtMs <= this.#newestMs)) this.#newestMs = occurredAtMs;
    const outcome = this.#stream.take(row);
    if (outcome === 'duplicate') this.#repeated++;
    else if (outcome === 'too_late') this.#late++;
    else if (occurredAtMs >= this.range.keepFromMs) this.#keep(row);
  }

  #keep({ transactionId, customerId, occurredAtMs, amount, isFraud, scenario = 0 }: HandbookRow): void {
    this.#features.append(this.#stream.vector);
    this.#transactionIds.push(transactionId);
    this.#cardIds.push(this.#cardOf(customerId));
    this.#occurredAtMs.push(occurredAtMs);
    this.#labels.push(Number(isFraud));
    this.#labelledAtMs.push(isFraud ? occurredAtMs + this.range.labelDelayMs : 0);
    this.#amounts.push(amount);
    this.#scenarios.push(scenario);
  }

  #cardOf(customerId: string): number {
    const known = this.#cards.get(customerId);
    if (known !== undefined) return known;
    this.#cards.set(customerId, this.#cards.size);
    return this.#cards.size - 1;
  }
}
