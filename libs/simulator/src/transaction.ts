/** Why a simulated transaction is a fraud. */
export const FRAUD_SCENARIOS = {
  none: 0,
  /** Amount above the scenario's threshold (220). */
  highAmount: 1,
  /** Any transaction at a compromised terminal during 28 days. */
  compromisedTerminal: 2,
  /** Leaked card: a third of 14 days' transactions, amounts times 5. */
  leakedCard: 3,
  /** Not in the handbook; only by drift: a burst of small amounts on one card at random terminals. */
  cardTesting: 4,
} as const;

/** Number of a fraud scenario, 0 for a genuine transaction. */
export type FraudScenario = (typeof FRAUD_SCENARIOS)[keyof typeof FRAUD_SCENARIOS];

/** One simulated transaction with its true label. */
export interface SimulatedTransaction {
  /** `t0000123`, ascending in time order. */
  readonly transactionId: string;
  /** Whole seconds of event time, in ms since the epoch. */
  readonly occurredAtMs: number;
  /** `c00042` */
  readonly customerId: string;
  /** `m00042` */
  readonly terminalId: string;
  /** Major units, two decimals, at least 0.01. */
  readonly amount: number;
  readonly isFraud: boolean;
  readonly scenario: FraudScenario;
}
