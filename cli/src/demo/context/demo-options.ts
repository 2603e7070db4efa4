import { DAY_MS } from '@fraudflow/core';
import type { SimulatorSettings } from '@fraudflow/simulator';
import type { FaultPlan } from '@fraudflow/bench';

/** Options of a demo. */
export interface DemoOptions {
  readonly seed: number;
  readonly customers: number;
  readonly terminals: number;
  readonly historyDays: number;
  /** Live records a second. */
  readonly perSecond: number;
  readonly predictsPerSecond: number;
  /** Live days before the drift. */
  readonly calmDays: number;
  /** Live days after the champion was replaced. */
  readonly afterDays: number;
  /**
   * Time since the begin of the history after which the demo stops waiting for the loop, if the loop had enough
   * attempts (see loop-patience.ts).
   */
  readonly patienceMs: number;
  /** Event time between a fraud and its label. */
  readonly labelDelayMs: number;
  readonly faults: FaultPlan;
  readonly isPlain: boolean;
  readonly keepsRunning: boolean;
  readonly summaryPath: string | undefined;
  /** Folder of the demo's own stack; emptied at the start. */
  readonly dataDir: string;
  readonly partitions: number;
}

export const DEMO_DEFAULTS = {
  seed: 7,
  customers: 1_200,
  historyDays: 60,
  perSecond: 800,
  predictsPerSecond: 50,
  calmDays: 6,
  afterDays: 2,
  patienceMs: 205_000,
  labelDelayMs: 7 * DAY_MS,
  faults: { badPerDay: 2, duplicatesPerDay: 3, unknownLabelsPerDay: 1 },
  partitions: 4,
} as const;

// Live days are faster than the wall clock. The start is so early that they do not reach the future.
const STARTS_AT_MS = Date.UTC(2025, 2, 3);

export function simulatedWorld({ seed, customers, terminals }: DemoOptions): Partial<SimulatorSettings> {
  // Small worlds have fewer terminals within reach; with a larger radius every customer has some.
  const radius = 5 * Math.sqrt(10_000 / terminals);
  return { seed, customers, terminals, radius: Math.min(50, radius), startAtMs: STARTS_AT_MS };
}
