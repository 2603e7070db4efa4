import { randomUUID } from 'node:crypto';
import type { Clock } from '@fraudflow/core';
import type { ModelSlot } from '../model/model-slot.js';
import type { Decision, DecisionPolicy } from '../scoring/decision-policy.js';
import { hasMissing, modelRow } from '../scoring/vector.js';
import type { AmountConverter } from './amount-converter.js';
import type { AnswerCache } from './answer-cache.js';
import { checkDeadline, type Deadline, within } from './deadline.js';
import type { FeatureReader } from './feature-reader.port.js';
import type { TransactionInHand } from './transaction-in-hand.js';

export type PredictInput =
  | { readonly kind: 'transaction'; readonly transaction: TransactionInHand }
  | { readonly kind: 'features'; readonly vector: Float64Array };

/** A checked request. */
export interface CheckedRequest {
  readonly input: PredictInput;
  /** Empty: one is made. */
  readonly requestId: string;
  readonly threshold: number | undefined;
  readonly deadline: Deadline;
}

/** What a model said of a vector; kept and repeated for the same transaction. */
export interface Score {
  /** 0 to 1; NaN if the model gave none. */
  readonly fraudProbability: number;
  readonly vector: Float64Array;
  /** Features the model looked at. */
  readonly featureNames: readonly string[];
  readonly modelName: string;
  readonly modelVersion: string;
  /** The model's own threshold. */
  readonly modelThreshold: number | undefined;
  readonly inferenceUs: number;
  readonly isStale: boolean;
}

export interface Answer extends Score {
  readonly requestId: string;
  readonly transaction: TransactionInHand | undefined;
  readonly decision: Decision;
  readonly requestedAtMs: number;
  readonly deadline: Deadline;
}

/** Hears of every answer given. Must not wait nor throw. */
export interface AnswerListener {
  answered(answer: Answer): void;
}

export interface PredictServiceParts {
  readonly slot: ModelSlot;
  readonly features: FeatureReader;
  readonly policy: DecisionPolicy;
  readonly cache: AnswerCache<Score>;
  readonly amounts: AmountConverter;
  readonly listeners: readonly AnswerListener[];
  readonly clock: Clock;
}

/** The request path: one request, one answer, whatever the transport. Changes no feature state. */
export class PredictService {
  constructor(private readonly parts: PredictServiceParts) {}

  /**
   * @throws AppError unavailable (no model yet, state unreachable), timeout (deadline passed), failed_precondition (state corrupt, no
   * exchange rate), invalid_input (amount too large in the base currency).
   */
  async predict(request: CheckedRequest): Promise<Answer> {
    const { clock, policy, listeners } = this.parts;
    const requestedAtMs = clock.nowMs();
    checkDeadline(request.deadline, requestedAtMs);
    const input = this.inBaseCurrency(request.input);
    const score = await within(request.deadline, requestedAtMs, this.scoreOf(input));
    const answer: Answer = {
      ...score,
      requestId: request.requestId === '' ? randomUUID() : request.requestId,
      transaction: input.kind === 'transaction' ? input.transaction : undefined,
      decision: policy.decide(
        score.fraudProbability,
        policy.thresholdFor(score.modelThreshold, request.threshold),
        hasMissing(score.featureNames, score.vector),
      ),
      requestedAtMs,
      deadline: request.deadline,
    };
    for (const listener of listeners) listener.answered(answer);
    return answer;
  }

  private inBaseCurrency(input: PredictInput): PredictInput {
    if (input.kind === 'features') return input;
    return { kind: 'transaction', transaction: this.parts.amounts.convert(input.transaction) };
  }

  private scoreOf(input: PredictInput): Promise<Score> {
    if (input.kind === 'features') return this.scoreVector(input.vector, false);
    return this.parts.cache.get(cacheKey(input.transaction), () => this.scoreTransaction(input.transaction));
  }

  /** No deadline in here: callers with different ones may wait for the same answer. */
  private async scoreTransaction(transaction: TransactionInHand): Promise<Score> {
    // Before the read: without a model there is no use in it.
    if (!this.parts.slot.current) await this.parts.slot.use(async () => undefined);
    const { vector, isStale } = await this.parts.features.read(transaction);
    return this.scoreVector(vector, isStale);
  }

  private scoreVector(vector: Float64Array, isStale: boolean): Promise<Score> {
    return this.parts.slot.use(async (model) => {
      const startedAt = process.hrtime.bigint();
      const [fraudProbability = Number.NaN] = await model.score(modelRow(model.featureNames, vector), 1);
      const inferenceUs = Number(process.hrtime.bigint() - startedAt) / 1_000;
      const { name: modelName, version: modelVersion, threshold: modelThreshold, featureNames } = model;
      return { fraudProbability, vector, featureNames, isStale, modelName, modelVersion, modelThreshold, inferenceUs };
    });
  }
}

/** The whole content counts: the same id with another amount is another transaction. */
function cacheKey(transaction: TransactionInHand): string {
  const { transactionId, occurredAtMs, customerId, terminalId, amountMinor, currency, converted } = transaction;
  return `${transactionId} ${customerId} ${terminalId} ${occurredAtMs} ${amountMinor} ${currency} ${converted?.rate ?? ''}`;
}
