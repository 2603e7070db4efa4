import { afterEach, expect, onTestFailed, test } from 'vitest';
import { FaultRun, LIVE } from './fault-run.js';
import { faultless } from './feature-tail.js';
import { handbookRows, hasHandbook, publishedFeatures } from './handbook-rows.js';
import { killOne, restartsOf } from './kill-one.js';
import { type Expectations, ORACLE_FEATURES } from './oracle.js';
import { seeded } from './seeded.js';
import { expectationsOf } from './stream.js';
import { printLine } from './print-line.js';

const KILLS = 10;
const LIMIT_MS = 3_000_000;
const TOLERANCE = 1e-9;
const PROGRESS_EVERY_MS = 10_000;

let run: FaultRun | undefined;

afterEach(({ task }) => run?.stop({ keepFiles: task.result?.state === 'fail' }), 120_000);

/*
 * To run only this file, with its progress: npx vitest run --project full
 * test/system/src/faults/handbook-under-kill.full.test.ts
 */
test.skipIf(!hasHandbook()).each([
  { speed: 'at maximum speed', pace: { leadMs: Infinity } },
  { speed: 'with at most three days of event time in flight', pace: LIVE },
])(
  'the whole handbook file $speed over two workers, one of them killed ten times: every row once and exact (skipped without shared/data/handbook)',
  async ({ pace }) => {
    const rows = await handbookRows();
    const expectations = expectationsOf(rows);
    expect(await unlikeTheBook(expectations)).toEqual([]);
    const current = await FaultRun.start(rows, expectations);
    run = current;
    onTestFailed(() => printLine(`logs are in ${current.stack.folder}`));
    const victim = await current.stack.startWorker('victim');
    const other = await current.stack.startWorker('other');
    const random = seeded(2018);
    const endProgress = tellProgress(current);

    const sending = current.send(0, 1, { pace });
    for (let kill = 0; kill < KILLS; kill++) {
      await current.untilOut((kill + random()) / KILLS, LIMIT_MS);
      await killOne([victim], random);
    }
    await sending;
    const { findings } = await current.finish(1, LIMIT_MS);
    endProgress();

    expect(findings).toEqual(faultless(rows.length));
    expect([await restartsOf([victim], KILLS), other.restarts]).toEqual([KILLS, 0]);
  },
  LIMIT_MS,
);

/** The first few differences between the oracle and the features published with the book. */
async function unlikeTheBook(expectations: Expectations): Promise<readonly string[]> {
  const different: string[] = [];
  for await (const { id, values } of publishedFeatures()) {
    const ours = expectations.of(id);
    for (const [name, value] of values) {
      const got = ours?.[ORACLE_FEATURES.indexOf(name)] ?? Number.NaN;
      const tolerance = name.includes('_nb_tx_') ? 0 : TOLERANCE;
      if (!(Math.abs(got - value) <= tolerance)) different.push(`${id} ${name}: ${got}, published ${value}`);
    }
    if (different.length > 10) break;
  }
  return different;
}

function tellProgress({ tail, rows }: FaultRun): () => void {
  const startedAtMs = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
    printLine(`${seconds} s: ${tail.count} of ${rows.length} emitted, ${tail.findings().differentRows} wrong`);
  }, PROGRESS_EVERY_MS);
  return () => clearInterval(timer);
}
