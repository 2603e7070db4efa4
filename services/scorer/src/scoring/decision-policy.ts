import { createHash } from 'node:crypto';
import { OUTCOMES, type Outcome } from '@fraudflow/contracts';

export interface ScoreBands {
  /** Lowest probability of each outcome, ascending. Below `challenge` a transaction is approved. */
  readonly challenge: number;
  readonly review: number;
  readonly decline: number;
}

export interface DecisionPolicyOptions extends ScoreBands {
  /** Lowest probability with `is_fraud`; if undefined, the threshold in the model's file, else `DEFAULT_THRESHOLD`. */
  readonly threshold: number | undefined;
}

export interface Decision {
  readonly isFraud: boolean;
  readonly outcome: Outcome;
  readonly threshold: number;
  readonly policyVersion: string;
  /** Reason codes, most important first. */
  readonly reasons: readonly string[];
}

/** Threshold of a model whose file has none. */
export const DEFAULT_THRESHOLD = 0.75;
/** Reason of a decision without a score: the model's result is not a number from 0 to 1. */
export const SCORE_UNAVAILABLE = 'SCORE_UNAVAILABLE';
/** Outcome without a score: a person must decide. Never `approve`. */
const OUTCOME_WITHOUT_SCORE: Outcome = 'review';

/** Reasons by outcome, allocated once because every record needs a decision. */
const REASONS = Object.fromEntries(
  OUTCOMES.map((outcome) => [outcome, Object.freeze([`SCORE_BAND_${outcome.toUpperCase()}`])]),
) as Readonly<Record<Outcome, readonly string[]>>;
const REASONS_WITHOUT_SCORE: readonly string[] = Object.freeze([SCORE_UNAVAILABLE]);

const MISSING_FEATURES = 'FEATURES_MISSING';

/** True for a number from 0 to 1; false for NaN, which means "no score". */
export function isScore(probability: number): boolean {
  return probability >= 0 && probability <= 1;
}

/** Maps a probability to a decision. Pure: equal inputs give equal decisions. */
export class DecisionPolicy {
  /** `bands-` and a digest of the bands and the configured threshold: equal versions mean equal rules. */
  readonly version: string;

  constructor(private readonly options: DecisionPolicyOptions) {
    const { challenge, review, decline, threshold = 'model' } = options;
    const content = JSON.stringify({ challenge, review, decline, threshold, withoutScore: OUTCOME_WITHOUT_SCORE });
    this.version = `bands-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
  }

  /**
   * The threshold that decides `isFraud`: the caller's, else the configured one, else the model's own, else 0.75.
   * @param ofModel threshold in the model's file, tuned on its validation data
   */
  thresholdFor(ofModel: number | undefined, requested?: number): number {
    return requested ?? this.options.threshold ?? ofModel ?? DEFAULT_THRESHOLD;
  }

  /** The outcome of the band that contains the probability; `review` without a score. */
  outcomeOf(probability: number): Outcome {
    const { challenge, review, decline } = this.options;
    if (!isScore(probability)) return OUTCOME_WITHOUT_SCORE;
    if (probability >= decline) return 'decline';
    if (probability >= review) return 'review';
    return probability >= challenge ? 'challenge' : 'approve';
  }

  /**
   * @param probability NaN, or any number outside 0 to 1, for "no score"
   * @param threshold decides `isFraud` only, see `thresholdFor`
   * @param hasMissing whether a feature was missing, which becomes a reason
   */
  decide(probability: number, threshold: number, hasMissing = false): Decision {
    const outcome = this.outcomeOf(probability);
    const reasons = isScore(probability) ? REASONS[outcome] : REASONS_WITHOUT_SCORE;
    return {
      isFraud: isScore(probability) && probability >= threshold,
      outcome,
      threshold,
      policyVersion: this.version,
      reasons: hasMissing ? [...reasons, MISSING_FEATURES] : reasons,
    };
  }
}
