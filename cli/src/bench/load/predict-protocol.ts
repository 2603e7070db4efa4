/** A transaction to ask about, as the gRPC contract has it. */
export interface PredictInput {
  readonly transactionId: string;
  readonly occurredAtMs: number;
  readonly customerId: string;
  readonly terminalId: string;
  readonly amountMinor: number;
}

export interface PredictWorkerOptions {
  /** `host:port` of the scorer. */
  readonly address: string;
  readonly perSecond: number;
  readonly deadlineMs: number;
}

export type ToWorker =
  /** Requests to make, in order; each once. */
  | { readonly kind: 'requests'; readonly inputs: readonly PredictInput[] }
  /** Make the given requests over and over at the rate: for benches. */
  | { readonly kind: 'repeat'; readonly inputs: readonly PredictInput[] }
  | { readonly kind: 'stop' };

export interface PredictReport {
  /** Of answered calls since the last report. */
  readonly latenciesMs: Float64Array;
  readonly failures: Readonly<Record<string, number>>;
  /** Answers by model version. */
  readonly answersByVersion: Readonly<Record<string, number>>;
  readonly isLast: boolean;
}
