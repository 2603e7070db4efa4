import { DAY_MS } from '@fraudflow/core';
import type { SimulatorSettings } from '@fraudflow/simulator';
import type { FaultPlan } from '../traffic/faults.js';

/** How one demo runs. */
export interface DemoOptions {
  readonly seed: number;
  readonly customers: number;
  readonly terminals: number;
  readonly historyDays: number;
  /** Live records a second. */
  readonly perSecond: number;
  readonly predictsPerSecond: number;
  /** Live days before anything changes. */
  readonly calmDays: number;
  /** Live days after the champion was replaced. */
  readonly afterDays: number;
  /**
   * The demo stops waiting for the loop so long after its history began, if by then the loop had a fair chance (see
   * loop-patience.ts).
   */
  readonly patienceMs: number;
  /** Fraud labels follow after so much event time. */
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

// Far enough in the past for live days to run ahead of the wall clock without reaching the future.
const STARTS_AT_MS = Date.UTC(2025, 2, 3);

export function simulatedWorld({ seed, customers, terminals }: DemoOptions): Partial<SimulatorSettings> {
  // Small worlds have fewer terminals in reach; a wider radius keeps customers from having none.
  const radius = 5 * Math.sqrt(10_000 / terminals);
  return { seed, customers, terminals, radius: Math.min(50, radius), startAtMs: STARTS_AT_MS };
}
