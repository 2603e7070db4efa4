import { randomUUID } from 'node:crypto';
import type { Clock } from '@fraudflow/core';
import type { ModelSlot } from '../models/model-slot.js';
import type { Decision, DecisionPolicy } from './decision-policy.js';
import { hasMissing, modelRow } from '../features/vector.js';
import type { AmountConverter } from './amount-converter.js';
import type { ResultCache } from './result-cache.js';
import { checkDeadline, type Deadline, within } from '../admission/deadline.js';
import type { FeatureReader } from '../features/feature-reader.port.js';
import type { RequestTransaction } from '../features/request-transaction.js';

export type PredictInput =
  | { readonly kind: 'transaction'; readonly transaction: RequestTransaction }
  | { readonly kind: 'features'; readonly vector: Float64Array };

/** A validated request. */
export interface CheckedRequest {
  readonly input: PredictInput;
  /** If empty, the service generates one. */
  readonly requestId: string;
  readonly threshold: number | undefined;
  readonly deadline: Deadline;
}

/** Result of a model for a vector. It is cached and returned again for the same transaction. */
export interface Score {
  /** 0 to 1; NaN if the model gave no score. */
  readonly fraudProbability: number;
  readonly vector: Float64Array;
  /** Features used by the model. */
  readonly featureNames: readonly string[];
  readonly modelName: string;
  readonly modelVersion: string;
  /** The model's own threshold. */
  readonly modelThreshold: number | undefined;
  readonly inferenceUs: number;
  readonly isStale: boolean;
}

/** A decided score, independent of the transport. */
export interface PredictResult extends Score {
  readonly requestId: string;
  readonly transaction: RequestTransaction | undefined;
  readonly decision: Decision;
  readonly requestedAtMs: number;
  readonly deadline: Deadline;
}

/** Receives every result. `predicted` must neither block nor throw. */
export interface PredictListener {
  predicted(result: PredictResult): void;
}

export interface PredictServiceParts {
  readonly slot: ModelSlot;
  readonly features: FeatureReader;
  readonly policy: DecisionPolicy;
  readonly cache: ResultCache<Score>;
  readonly amounts: AmountConverter;
  readonly listeners: readonly PredictListener[];
  readonly clock: Clock;
}

/** Use case of the request path, independent of the transport. It reads feature state and never changes it. */
export class PredictService {
  constructor(private readonly parts: PredictServiceParts) {}

  /**
   * Scores and decides a request.
   * @throws AppError unavailable (no model yet, state unreachable), timeout (deadline passed), failed_precondition
   * (state corrupt, no exchange rate), invalid_input (amount too large in the base currency).
   */
  async predict(request: CheckedRequest): Promise<PredictResult> {
    const { clock, policy, listeners } = this.parts;
    const requestedAtMs = clock.nowMs();
    checkDeadline(request.deadline, requestedAtMs);
    const input = this.inBaseCurrency(request.input);
    const score = await within(request.deadline, requestedAtMs, this.scoreOf(input));
    const result: PredictResult = {
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
    for (const listener of listeners) listener.predicted(result);
    return result;
  }

  private inBaseCurrency(input: PredictInput): PredictInput {
    if (input.kind === 'features') return input;
    return { kind: 'transaction', transaction: this.parts.amounts.convert(input.transaction) };
  }

  private scoreOf(input: PredictInput): Promise<Score> {
    if (input.kind === 'features') return this.scoreVector(input.vector, false);
    return this.parts.cache.get(cacheKey(input.transaction), () => this.scoreTransaction(input.transaction));
  }

  /** Has no deadline: callers with different deadlines may wait for the same result. */
  private async scoreTransaction(transaction: RequestTransaction): Promise<Score> {
    // Fails before the state read if there is no model.
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

/** Key of the whole content: the same id with another amount is another transaction. */
function cacheKey(transaction: RequestTransaction): string {
  const { transactionId, occurredAtMs, customerId, terminalId, amountMinor, currency, converted } = transaction;
  return `${transactionId} ${customerId} ${terminalId} ${occurredAtMs} ${amountMinor} ${currency} ${converted?.rate ?? ''}`;
}
