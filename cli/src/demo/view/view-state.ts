import { type Flows, NO_FLOW } from '../facts/flow-meter.js';
import type { Percentiles } from '@fraudflow/bench';

export const PHASES = ['setup', 'history', 'first_model', 'live', 'drift', 'recovery', 'summary'] as const;
export type PhaseName = (typeof PHASES)[number];

export const PHASE_TITLES: Readonly<Record<PhaseName, string>> = {
  setup: 'start Kafka, Redis, Postgres and the six services',
  history: '(a) history through the whole stream path',
  first_model: '(b) first model: train, gate, register, promote, serve',
  live: '(c) live traffic, delayed labels, gRPC clients',
  drift: '(d) change of fraud and spending',
  recovery: '(e) drift found: retrain, gate, replace the champion',
  summary: '(f) count everything',
};

export interface PhaseState {
  readonly name: PhaseName;
  readonly seconds: number;
  readonly isDone: boolean;
  /** 0 to 1, or undefined where the end is unknown. */
  readonly share: number | undefined;
  /** The present activity, e.g. `day 12 of 60`. */
  readonly detail: string;
}

/** Everything on the screen. */
export interface ViewState {
  readonly phases: readonly PhaseState[];
  readonly flows: Flows;
  /** Records in flight between `transactions` and `transactions.scored`. */
  readonly lag: number;
  readonly eventToScoreMs: Percentiles;
  readonly predictMs: Percentiles;
  readonly predictCalls: number;
  readonly predictFailures: number;
  readonly activeModel: string | undefined;
  readonly models: readonly string[];
  readonly drift: DriftView;
  readonly eventTime: number | undefined;
  readonly memoryMb: Readonly<Record<string, number>>;
}

export interface DriftView {
  readonly windows: number;
  readonly alarms: number;
  readonly retrainingEvents: number;
  readonly evidenceLog10: number | undefined;
  readonly driftedColumns: readonly string[];
}

const UNKNOWN: Percentiles = { p50: Number.NaN, p99: Number.NaN };

export const EMPTY_VIEW: ViewState = {
  phases: [],
  flows: NO_FLOW,
  lag: 0,
  eventToScoreMs: UNKNOWN,
  predictMs: UNKNOWN,
  predictCalls: 0,
  predictFailures: 0,
  activeModel: undefined,
  models: [],
  drift: { windows: 0, alarms: 0, retrainingEvents: 0, evidenceLog10: undefined, driftedColumns: [] },
  eventTime: undefined,
  memoryMb: {},
};
