import { type FeaturesEvent, type ScoredTransaction, transactionsScoredTopic } from '@fraudflow/contracts';
import type { Clock } from '@fraudflow/core';
import type { StreamedFeatures } from '@fraudflow/features';
import { type DecodedRecord, output, type StageEffects, type StageProcessor } from '@fraudflow/messaging';
import type { ModelSlot } from '../models/model-slot.js';
import type { ScoringModel } from '../models/scoring-model.port.js';
import { type DecisionPolicy, isScore } from '../scoring/decision-policy.js';
import { vectorOf } from '../features/vector.js';
import type { SkewMeter, SkewTransaction } from '../records/skew-meter.js';

export interface StreamScorerEvents {
  /**
   * A batch was scored.
   * @param inferenceSeconds duration of the inference of the whole batch
   * @param ageSeconds per record, time since it was appended to `features`
   */
  batchScored(scores: readonly ScoredTransaction[], inferenceSeconds: number, ageSeconds: readonly number[]): void;
}

export interface StreamScorerParts {
  readonly slot: ModelSlot;
  readonly policy: DecisionPolicy;
  readonly skew: SkewMeter;
  readonly events: StreamScorerEvents;
  readonly clock: Clock;
  readonly streamed: StreamedFeatures;
}

type Record = DecodedRecord<FeaturesEvent>;

/**
 * Scores batches of `features` for `transactions.scored`. Deterministic: equal records and models give equal decisions.
 */
export class StreamScorer implements StageProcessor<FeaturesEvent> {
  constructor(private readonly parts: StreamScorerParts) {}

  process(records: readonly Record[]): Promise<StageEffects> {
    return this.parts.slot.use(async (model) => {
      const startedAt = process.hrtime.bigint();
      const probabilities = await model.score(rowsOf(records, model.featureNames), records.length);
      const inferenceSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
      const timings = {
        scored_at_ms: this.parts.clock.nowMs(),
        inference_us: round((inferenceSeconds * 1e6) / records.length),
      };
      const threshold = this.parts.policy.thresholdFor(model.threshold);
      const scores = records.map(({ value }, index) =>
        this.scored(value, probabilities[index] as number, model, { threshold, timings }),
      );
      this.report(records, scores, inferenceSeconds, timings.scored_at_ms);
      return {
        outputs: scores.map((score, index) => output(transactionsScoredTopic, score, records[index] as Record)),
      };
    });
  }

  private scored(
    { transaction, feature_service, features }: FeaturesEvent,
    probability: number,
    model: ScoringModel,
    { threshold, timings }: Pick<ScoredTransaction, 'threshold' | 'timings'>,
  ): ScoredTransaction {
    const decision = this.parts.policy.decide(probability, threshold, lacksOne(features, model.featureNames));
    return {
      transaction,
      feature_service,
      features,
      fraud_probability: isScore(probability) ? probability : null,
      is_fraud: decision.isFraud,
      outcome: decision.outcome,
      policy_version: decision.policyVersion,
      threshold: decision.threshold,
      reasons: decision.reasons as string[],
      model_name: model.name,
      model_version: model.version,
      model_role: 'champion',
      timings,
    };
  }

  private report(
    records: readonly Record[],
    scores: readonly ScoredTransaction[],
    inferenceSeconds: number,
    scoredAtMs: number,
  ): void {
    const { events, skew, streamed } = this.parts;
    const ages = records.map(({ raw }) => Math.max(0, scoredAtMs - raw.appendedAtMs) / 1_000);
    events.batchScored(scores, inferenceSeconds, ages);
    for (const { transaction, features } of scores) {
      if (!skew.isWaitingFor(transaction.transaction_id)) continue;
      skew.streamed(skewTransaction(transaction), vectorOf(streamed.names, features));
    }
  }
}

function skewTransaction(transaction: ScoredTransaction['transaction']): SkewTransaction {
  return {
    transactionId: transaction.transaction_id,
    occurredAtMs: Date.parse(transaction.occurred_at),
    customerId: transaction.customer_id,
    terminalId: transaction.terminal_id,
    amountMinor: transaction.amount_minor,
  };
}

function rowsOf(records: readonly Record[], names: readonly string[]): Float32Array {
  const width = names.length;
  const rows = new Float32Array(records.length * width);
  let at = 0;
  for (const { value } of records) {
    for (let i = 0; i < width; i++) rows[at++] = value.features[names[i] as string] ?? Number.NaN;
  }
  return rows;
}

function lacksOne(features: FeaturesEvent['features'], names: readonly string[]): boolean {
  for (const name of names) if (typeof features[name] !== 'number') return true;
  return false;
}

/** Rounds to two decimals; further digits are below the timer's resolution. */
function round(microseconds: number): number {
  return Math.round(microseconds * 100) / 100;
}
