import { type ScoredTransaction, transactionsScoredTopic, transactionsTopic } from '@fraudflow/contracts';
import type { RawRecord } from '@fraudflow/messaging';
import {
  endOf,
  type LogReader,
  type Percentiles,
  type Position,
  readOn,
  RecentValues,
  transactionIdOf,
} from '@fraudflow/bench';

const RECENT_SCORES = 4_000;
// Rejected records and duplicates are never scored, so the oldest entries are removed above this number.
const MAX_AWAITED = 50_000;

/** Reads `transactions.scored` for the latencies on the screen and for the scores per model version. */
export class ScoreTail {
  /** Scores read so far. */
  count = 0;
  /** Live scores by model version. */
  readonly byVersion = new Map<string, number>();
  private readonly latencies = new RecentValues(RECENT_SCORES);
  private readonly scoredPosition: Position = [];
  /** Append time of live transactions by id. */
  private readonly awaited = new Map<string, number>();
  private sentPosition: Position | undefined;

  constructor(private readonly log: LogReader) {}

  /** From now on records are decoded, not only counted. */
  async begin(): Promise<void> {
    this.sentPosition = await endOf(this.log, transactionsTopic.name);
  }

  /** Reads the new records. @returns the number of scores so far */
  async readOn(): Promise<number> {
    if (this.sentPosition !== undefined) await this.readSent(this.sentPosition);
    for await (const record of readOn(this.log, transactionsScoredTopic.name, this.scoredPosition)) {
      this.count++;
      if (this.sentPosition !== undefined) this.enter(record);
    }
    return this.count;
  }

  recentMs(): Percentiles {
    return this.latencies.percentiles();
  }

  private async readSent(position: Position): Promise<void> {
    for await (const { value, appendedAtMs } of readOn(this.log, transactionsTopic.name, position)) {
      const id = transactionIdOf(value);
      if (id !== undefined) this.awaited.set(id, appendedAtMs);
    }
    for (const id of this.awaited.keys()) {
      if (this.awaited.size <= MAX_AWAITED) break;
      this.awaited.delete(id);
    }
  }

  private enter({ value, appendedAtMs }: RawRecord): void {
    const score = JSON.parse(value?.toString('utf8') ?? 'null') as ScoredTransaction;
    this.byVersion.set(score.model_version, (this.byVersion.get(score.model_version) ?? 0) + 1);
    const id = score.transaction.transaction_id;
    const sentAtMs = this.awaited.get(id);
    if (sentAtMs === undefined) return;
    this.latencies.add(appendedAtMs - sentAtMs);
    this.awaited.delete(id);
  }
}
