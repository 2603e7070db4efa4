import { OUTCOMES, type Outcome } from '@fraudflow/contracts';

export interface ScoreBands {
  /** Each outcome counts from its probability on; ascending. Below `challenge` a transaction is approved. */
  readonly challenge: number;
  readonly review: number;
  readonly decline: number;
}

export interface DecisionPolicyOptions extends ScoreBands {
  readonly version: string;
  /** `is_fraud` from this probability on. */
  readonly threshold: number;
}

export interface Decision {
  readonly isFraud: boolean;
  readonly outcome: Outcome;
  readonly threshold: number;
  readonly policyVersion: string;
  /** Codes of what decided, most important first. */
  readonly reasons: readonly string[];
}

/** Reasons by outcome, made once: decisions are taken for every record. */
const REASONS = Object.fromEntries(
  OUTCOMES.map((outcome) => [outcome, Object.freeze([`SCORE_BAND_${outcome.toUpperCase()}`])]),
) as Readonly<Record<Outcome, readonly string[]>>;

const MISSING_FEATURES = 'FEATURES_MISSING';

/** Turns a probability into what to do. Pure: the same input gives the same decision at any time. */
export class DecisionPolicy {
  constructor(private readonly options: DecisionPolicyOptions) {}

  get version(): string {
    return this.options.version;
  }

  get threshold(): number {
    return this.options.threshold;
  }

  /** The band a probability lies in. */
  outcomeOf(probability: number): Outcome {
    const { challenge, review, decline } = this.options;
    if (probability >= decline) return 'decline';
    if (probability >= review) return 'review';
    return probability >= challenge ? 'challenge' : 'approve';
  }

  /**
   * @param threshold decides `isFraud` only; default the policy's own
   * @param hasMissing whether a feature was missing, which becomes a reason
   */
  decide(probability: number, threshold = this.options.threshold, hasMissing = false): Decision {
    const outcome = this.outcomeOf(probability);
    const reasons = REASONS[outcome];
    return {
      isFraud: probability >= threshold,
      outcome,
      threshold,
      policyVersion: this.options.version,
      reasons: hasMissing ? [...reasons, MISSING_FEATURES] : reasons,
    };
  }
}
