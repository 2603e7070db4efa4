import { afterEach, beforeAll, expect, onTestFailed } from 'vitest';
import type { KnownTransaction } from '../naive-features.js';
import { simulate } from '../traffic.js';
import { FaultRun, type RunResult, type UndisturbedResult, undisturbedRun } from './fault-run.js';
import { faultless } from './feature-tail.js';
import type { Expectations } from './oracle.js';
import { expectationsOf } from './stream.js';
import { printLine } from './print-line.js';
import { differingStates } from './state-snapshot.js';

/** Amount of traffic in the runs of a test file. */
export interface TrafficSize {
  readonly days: number;
  readonly customers: number;
  readonly terminals: number;
}

export interface FaultBench {
  readonly rows: readonly KnownTransaction[];
  readonly undisturbed: UndisturbedResult;
  /** Starts new servers for one test. They stop with the test. */
  begin(expectations?: Expectations, ownRows?: readonly KnownTransaction[]): Promise<FaultRun>;
  /**
   * Asserts exact features, no lost, duplicate or reordered output, and the same bytes of state as without the fault.
   */
  expectUndisturbed(result: RunResult): void;
}

const STOP_LIMIT_MS = 60_000;

/** Sets up one test file: its traffic, a reference run without faults, and new servers for each test. */
export function faultBench(size: TrafficSize, limitMs: number): FaultBench {
  const rows = withoutTies(simulate(size.days, size.customers, size.terminals, 11));
  const expectations = expectationsOf(rows);
  let undisturbed: UndisturbedResult = { findings: faultless(0), states: new Map(), keys: [], evictions: 0 };
  let run: FaultRun | undefined;

  beforeAll(async () => {
    undisturbed = await undisturbedRun(rows, expectations);
  }, limitMs);

  afterEach(async ({ task }) => {
    await run?.stop({ keepFiles: task.result?.state === 'fail' });
    run = undefined;
  }, STOP_LIMIT_MS);

  return {
    rows,
    get undisturbed() {
      return undisturbed;
    },
    async begin(own = expectations, ownRows = rows) {
      const begun = await FaultRun.start(ownRows, own);
      run = begun;
      onTestFailed(() => printLine(`logs are in ${begun.stack.folder}`));
      return begun;
    },
    expectUndisturbed({ findings, states }) {
      expect(findings).toEqual(faultless(rows.length));
      expect(differingStates(undisturbed.states, states)).toEqual([]);
    },
  };
}

/**
 * Removes rows with the same second and the same terminal as an earlier row. Transactions of two customers arrive over
 * different partitions in random order. The order does not change features, but it changes the bytes of the state.
 */
function withoutTies(rows: readonly KnownTransaction[]): readonly KnownTransaction[] {
  const taken = new Set<string>();
  return rows.filter(({ terminal, atMs }) => {
    const place = `${terminal}:${atMs}`;
    const isFree = !taken.has(place);
    taken.add(place);
    return isFree;
  });
}
