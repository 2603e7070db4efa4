import { afterEach, beforeAll, expect, onTestFailed } from 'vitest';
import type { KnownTransaction } from '../naive-features.js';
import { simulate } from '../traffic.js';
import { FaultRun, type RunResult, type UndisturbedResult, undisturbedRun } from './fault-run.js';
import { faultless } from './feature-tail.js';
import type { Expectations } from './oracle.js';
import { expectationsOf } from './stream.js';
import { tell } from './tell.js';
import { differingStates } from './state-snapshot.js';

/** How much traffic the runs of a file have. */
export interface TrafficSize {
  readonly days: number;
  readonly customers: number;
  readonly terminals: number;
}

export interface FaultBench {
  readonly rows: readonly KnownTransaction[];
  readonly undisturbed: UndisturbedResult;
  /** Fresh servers for one test; they end with it. */
  begin(expectations?: Expectations, ownRows?: readonly KnownTransaction[]): Promise<FaultRun>;
  /** Every feature exact, nothing lost, doubled or out of order, and every byte of state as without the fault. */
  expectUndisturbed(result: RunResult): void;
}

const STOP_LIMIT_MS = 60_000;

/** For one test file: its traffic, a run in which nothing goes wrong, and a clean start for each test. */
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
      onTestFailed(() => tell(`logs are in ${begun.stack.folder}`));
      return begun;
    },
    expectUndisturbed({ findings, states }) {
      expect(findings).toEqual(faultless(rows.length));
      expect(differingStates(undisturbed.states, states)).toEqual([]);
    },
  };
}

/**
 * Leaves out what falls into the same second at the same terminal as an earlier row: two customers' transactions come over different
 * partitions, so which of them arrives first is chance. No feature sees it, but their order in the state does.
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
