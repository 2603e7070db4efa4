import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asError } from '@fraudflow/core';
import { removeStackData } from '@fraudflow/local';
import type { BenchHost } from './contract/bench-host.js';
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
  /** The figures of each run, in order. */
  readonly raw: readonly RunFigures[];
  readonly options: BenchOptions;
}

/** Upper bounds of the steps, far above what a slow machine needs, so that a bench cannot hang. */
const OPEN_LIMIT_MS = 20 * 60_000;
const RUN_LIMIT_MS = 20 * 60_000;
const CLOSE_LIMIT_MS = 2 * 60_000;

/**
 * Opens a bench, measures it `runs` times and returns the spread. Always closes it and removes its data.
 * @throws AppError timeout if a step does not end; the error of the bench
 */
export async function runBench(
  bench: Bench,
  runs: number,
  host: BenchHost,
  options: BenchOptions = BENCH_DEFAULTS,
): Promise<BenchReport> {
  const machine = describeMachine();
  const commit = await commitOfCheckout();
  const dataDir = await mkdtemp(join(tmpdir(), 'fraudflow-bench-'));
  const ended = new AbortController();
  const bounded = { ...host, interrupted: AbortSignal.any([host.interrupted, ended.signal]) };
  let open: OpenBench | undefined;
  try {
    const results: RunFigures[] = [];
    for (let run = 1; run <= runs && !host.interrupted.aborted; run++) {
      if (open !== undefined && bench.opensForEachRun) {
        const former = open;
        open = undefined;
        await closeBounded(former, host);
      }
      open ??= await openBounded(bench, {
        host: bounded,
        options,
        note: host.note,
        dataDir: join(dataDir, String(run)),
      });
      results.push(await within(open.measure(run), RUN_LIMIT_MS, `run ${run}`));
      host.note(`run ${run} of ${runs}: ${runLine(results.at(-1) ?? {})}`);
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
    // Ends everything inside the bench that is still waiting.
    ended.abort();
    if (open !== undefined) await closeBounded(open, host);
    removeData(dataDir, host);
  }
}

/** Removes the folder and the files that Postgres keeps outside it. */
function removeData(dataDir: string, host: BenchHost): void {
  try {
    removeStackData(dataDir);
  } catch (thrown) {
    host.note(asError(thrown).message);
  }
}

async function openBounded(bench: Bench, context: BenchContext): Promise<OpenBench> {
  const opening = bench.open(context);
  try {
    return await within(opening, OPEN_LIMIT_MS, `setting up bench ${bench.name}`);
  } catch (thrown) {
    // A bench that opens after the limit is closed.
    void opening.then((late) => late.close()).catch(() => undefined);
    throw thrown;
  }
}

/** An error of closing is only reported: it must not replace the result or the error of the bench. */
async function closeBounded(open: OpenBench, host: BenchHost): Promise<void> {
  try {
    await within(open.close(), CLOSE_LIMIT_MS, 'closing the bench');
  } catch (thrown) {
    host.note(asError(thrown).message);
  }
}

function runLine(figures: RunFigures): string {
  return Object.entries(figures)
    .map(([name, { value, unit }]) => `${name} ${Number(value.toPrecision(4))} ${unit}`)
    .join(', ');
}
