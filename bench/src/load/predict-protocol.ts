import type { Transaction } from '@fraudflow/contracts';

/** The transaction of a Predict call, in the traffic's currency. */
export type PredictInput = Omit<Transaction, 'currency'>;

export interface PredictWorkerOptions {
  /** `host:port` of the scorer. */
  readonly address: string;
  readonly perSecond: number;
  readonly deadlineMs: number;
}

export type ToWorker =
  /** Requests to make, in order; each once. */
  | { readonly kind: 'requests'; readonly inputs: readonly PredictInput[] }
  /** Repeat the given requests at the rate: for benches. */
  | { readonly kind: 'repeat'; readonly inputs: readonly PredictInput[] }
  | { readonly kind: 'stop' };

export interface PredictReport {
  /** Latencies of the successful calls since the last report. */
  readonly latenciesMs: Float64Array;
  readonly failures: Readonly<Record<string, number>>;
  /** Successful calls by model version. */
  readonly answersByVersion: Readonly<Record<string, number>>;
  readonly isLast: boolean;
}
