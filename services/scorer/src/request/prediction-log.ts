import { type Prediction, predictionsTopic } from '@fraudflow/contracts';
import { asError, type Clock } from '@fraudflow/core';
import type { StreamedFeatures } from '@fraudflow/features';
import type { EventProducer, EventRecord } from '@fraudflow/messaging';
import { namedVector } from '../scoring/vector.js';
import type { Answer, AnswerListener } from './predict.service.js';
import { canonical, type TransactionInHand } from './transaction-in-hand.js';

export interface PredictionLogEvents {
  /** The buffer is full, and so an answer is missing from `predictions`. */
  predictionDropped(): void;
  /** Kafka did not take an answer. */
  predictionFailed(reason: Error): void;
  /** An answer about bare features: the record is keyed by terminal, and there is none. */
  predictionWithoutTransaction(): void;
}

export interface PredictionLogOptions {
  readonly producer: Pick<EventProducer, 'send'>;
  readonly events: PredictionLogEvents;
  readonly clock: Clock;
  readonly maxPending: number;
  readonly streamed: StreamedFeatures;
}

/** Answers are gathered for so long: nobody waits for the record, and a request to Kafka per answer costs more than the answer. */
const GATHER_MS = 50;

/** Sends every answer to `predictions` without ever holding up a caller: beyond `maxPending` answers are dropped and counted. */
export class PredictionLog implements AnswerListener {
  private pending = 0;
  private waiting: EventRecord<Prediction>[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: PredictionLogOptions) {}

  answered(answer: Answer): void {
    const { events, maxPending, clock, streamed } = this.options;
    if (!answer.transaction) return events.predictionWithoutTransaction();
    if (this.pending >= maxPending) return events.predictionDropped();
    this.pending++;
    const value = predictionOf(answer, answer.transaction, { streamed, nowMs: clock.nowMs() });
    this.waiting.push({ value, eventId: value.request_id, occurredAt: value.transaction.occurred_at });
    this.timer ??= setTimeout(() => void this.flush(), GATHER_MS);
  }

  /** Sends what waits. Never rejects: what Kafka does not take is counted. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { producer, events } = this.options;
    const batch = this.waiting;
    this.waiting = [];
    try {
      await producer.send(predictionsTopic, batch);
    } catch (thrown) {
      for (const _ of batch) events.predictionFailed(asError(thrown));
    }
    this.pending -= batch.length;
  }
}

function predictionOf(
  answer: Answer,
  transaction: TransactionInHand,
  { streamed, nowMs }: { readonly streamed: StreamedFeatures; readonly nowMs: number },
): Prediction {
  const { decision, deadline } = answer;
  return {
    transaction: canonical(transaction),
    feature_service: streamed.service.name,
    features: namedVector(streamed.names, answer.vector),
    fraud_probability: answer.fraudProbability,
    is_fraud: decision.isFraud,
    outcome: decision.outcome,
    policy_version: decision.policyVersion,
    threshold: decision.threshold,
    reasons: [...decision.reasons],
    model_name: answer.modelName,
    model_version: answer.modelVersion,
    model_role: 'champion',
    timings: { scored_at_ms: nowMs, inference_us: answer.inferenceUs },
    request_id: answer.requestId,
    requested_at: new Date(answer.requestedAtMs).toISOString(),
    ...(deadline.givenMs === undefined ? {} : { deadline_ms: deadline.givenMs }),
  };
}
