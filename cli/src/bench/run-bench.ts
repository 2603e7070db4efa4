import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asError } from '@fraudflow/core';
import { removeStackData } from '@fraudflow/local';
import type { CliContext } from '../program/cli-context.js';
import { type Bench, BENCH_DEFAULTS, type BenchContext, type BenchOptions, type OpenBench } from './contract/bench.js';
import { type Figures, type RunFigures, spreadOf } from './report/figure.js';
import { commitOfCheckout, describeMachine, type Machine } from './report/machine.js';
import { within } from './contract/within.js';

/** What `--json FILE` writes. */
export interface BenchReport {
  readonly name: string;
  readonly machine: Machine & { readonly versions: Readonly<Record<string, string>> };
  readonly commit: string;
  readonly runs: number;
  readonly figures: Figures;
  /** What each run measured, in their order. */
  readonly raw: readonly RunFigures[];
  readonly options: BenchOptions;
}

/** Far beyond what each step takes on a slow machine: a bench may fail, but not hang. */
const OPEN_LIMIT_MS = 20 * 60_000;
const RUN_LIMIT_MS = 20 * 60_000;
const CLOSE_LIMIT_MS = 2 * 60_000;

/**
 * Opens a bench, measures it `runs` times and gives the spread. Always closes it and removes its data.
 * @throws AppError timeout if a step does not end; what the bench failed with.
 */
export async function runBench(
  bench: Bench,
  runs: number,
  cli: CliContext,
  options: BenchOptions = BENCH_DEFAULTS,
): Promise<BenchReport> {
  const machine = describeMachine();
  const commit = await commitOfCheckout();
  const dataDir = await mkdtemp(join(tmpdir(), 'fraudflow-bench-'));
  const ended = new AbortController();
  const bounded = { ...cli, interrupted: AbortSignal.any([cli.interrupted, ended.signal]) };
  let open: OpenBench | undefined;
  try {
    const results: RunFigures[] = [];
    for (let run = 1; run <= runs && !cli.interrupted.aborted; run++) {
      if (open !== undefined && bench.startsAnew) {
        const former = open;
        open = undefined;
        await closeBounded(former, cli);
      }
      open ??= await openBounded(bench, { cli: bounded, options, note: cli.note, dataDir: join(dataDir, String(run)) });
      results.push(await within(open.measure(run), RUN_LIMIT_MS, `run ${run}`));
      cli.note(`run ${run} of ${runs}: ${runLine(results.at(-1) ?? {})}`);
    }
    const versions = open?.versions ?? {};
    return {
      name: bench.name,
      machine: { ...machine, versions },
      commit,
      runs: results.length,
      figures: spreadOf(results),
      raw: results,
      options,
    };
  } finally {
    // What still waits for something inside the bench, ends with it.
    ended.abort();
    if (open !== undefined) await closeBounded(open, cli);
    removeData(dataDir, cli);
  }
}

/** With what Postgres had to keep elsewhere, if a stack ran on the folder itself. */
function removeData(dataDir: string, cli: CliContext): void {
  try {
    removeStackData(dataDir);
  } catch (thrown) {
    cli.note(asError(thrown).message);
  }
}

async function openBounded(bench: Bench, context: BenchContext): Promise<OpenBench> {
  const opening = bench.open(context);
  try {
    return await within(opening, OPEN_LIMIT_MS, `setting up bench ${bench.name}`);
  } catch (thrown) {
    // A bench that opens after all, when nobody waits for it any more, must not stay behind.
    void opening.then((late) => late.close()).catch(() => undefined);
    throw thrown;
  }
}

/** What was measured, or why it was not, matters more than how closing went. */
async function closeBounded(open: OpenBench, cli: CliContext): Promise<void> {
  try {
    await within(open.close(), CLOSE_LIMIT_MS, 'closing the bench');
  } catch (thrown) {
    cli.note(asError(thrown).message);
  }
}

function runLine(figures: RunFigures): string {
  return Object.entries(figures)
    .map(([name, { value, unit }]) => `${name} ${Number(value.toPrecision(4))} ${unit}`)
    .join(', ');
}
