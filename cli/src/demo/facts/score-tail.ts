import { type ScoredTransaction, transactionsScoredTopic } from '@fraudflow/contracts';
import type { RawRecord } from '@fraudflow/messaging';
import { type LogReader, type Position, readOn } from '../../export/topic-reader.js';
import { type Percentiles, RecentValues } from './percentiles.js';

const RECENT_SCORES = 4_000;

/** Follows `transactions.scored` as any reader could, for figures on the screen and for who scores. */
export class ScoreTail {
  /** Scores read so far. */
  count = 0;
  /** Live scores by model version. */
  readonly byVersion = new Map<string, number>();
  private readonly latencies = new RecentValues(RECENT_SCORES);
  private readonly position: Position = [];
  private isLive = false;

  constructor(
    private readonly log: LogReader,
    private readonly prefix: string,
  ) {}

  /** From here on records are looked into, not only counted. */
  begin(): void {
    this.isLive = true;
  }

  /** Reads what is new; returns the count. */
  async readOn(): Promise<number> {
    for await (const record of readOn(this.log, this.prefix + transactionsScoredTopic.name, this.position)) {
      this.count++;
      if (this.isLive) this.enter(record);
    }
    return this.count;
  }

  recentMs(): Percentiles {
    return this.latencies.percentiles();
  }

  private enter({ value, appendedAtMs }: RawRecord): void {
    const score = JSON.parse(value?.toString('utf8') ?? 'null') as ScoredTransaction;
    this.byVersion.set(score.model_version, (this.byVersion.get(score.model_version) ?? 0) + 1);
    const receivedAtMs = score.timings.received_at_ms;
    if (receivedAtMs !== undefined) this.latencies.add(appendedAtMs - receivedAtMs);
  }
}
