import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, notFound } from '@fraudflow/core';
import { repositoryRoot } from '@fraudflow/local';
import { FRAUD_SCENARIOS, type SimulatedTransaction } from '@fraudflow/simulator';
import { readHandbookFile } from '../handbook/handbook-file.js';
import { LabelledPieces, type ValidatedPiece, ValidatedTraffic } from '../load/validated-traffic.js';

const HANDBOOK_FILE = join(repositoryRoot(), '../shared/data/handbook/transactions.csv.gz');

/** Endless transactions that begin with a long history. */
export interface HistoryTraffic {
  /** Its source, for the report. */
  readonly source: string;
  /** The next `count` transactions. */
  take(count: number): Promise<ValidatedPiece>;
}

/** The handbook's file where it exists next to the checkout, else the simulator's traffic. */
export function historyTraffic(path = HANDBOOK_FILE): HistoryTraffic {
  if (existsSync(path)) return new HandbookTraffic(path);
  const simulated = new ValidatedTraffic();
  return { source: 'simulator', take: async (count) => simulated.take(count) };
}

/**
 * The rows of a file in the handbook's format, repeated: each pass has new ids and event times later by the length of
 * the file.
 */
class HandbookTraffic implements HistoryTraffic {
  readonly source = 'handbook file';
  private readonly pieces = new LabelledPieces();
  private readonly batches: AsyncGenerator<readonly SimulatedTransaction[]>;
  private waiting: readonly SimulatedTransaction[] = [];
  private at = 0;

  constructor(path: string) {
    this.batches = repeatedRows(path);
  }

  async take(count: number): Promise<ValidatedPiece> {
    const taken: SimulatedTransaction[] = [];
    while (taken.length < count) {
      if (this.at === this.waiting.length) await this.refill();
      const more = this.waiting.slice(this.at, this.at + count - taken.length);
      this.at += more.length;
      taken.push(...more);
    }
    return this.pieces.of(taken);
  }

  private async refill(): Promise<void> {
    const { value } = await this.batches.next();
    this.waiting = (value as readonly SimulatedTransaction[] | undefined) ?? [];
    this.at = 0;
  }
}

/** @throws AppError as `readHandbookFile` does; not_found if the file has no rows */
async function* repeatedRows(path: string): AsyncGenerator<readonly SimulatedTransaction[]> {
  let laterMs = 0;
  for (let pass = 1; ; pass++) {
    let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for await (const { rows } of readHandbookFile(path)) {
      firstMs = Math.min(firstMs, rows[0]?.occurredAtMs ?? firstMs);
      lastMs = Math.max(lastMs, rows.at(-1)?.occurredAtMs ?? lastMs);
      yield rows.map((row) => ({
        ...row,
        transactionId: pass === 1 ? row.transactionId : `${row.transactionId}.${pass}`,
        occurredAtMs: row.occurredAtMs + laterMs,
        scenario: FRAUD_SCENARIOS.none,
      }));
    }
    if (lastMs < firstMs) throw notFound(`${path} has no rows`);
    laterMs += (Math.floor(lastMs / DAY_MS) - Math.floor(firstMs / DAY_MS) + 1) * DAY_MS;
  }
}
