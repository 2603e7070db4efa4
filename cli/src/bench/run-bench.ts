import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliContext } from '../program/cli-context.js';
import type { Bench, OpenBench } from './bench.js';
import { type Figures, type RunFigures, spreadOf } from './report/figure.js';
import { commitOfCheckout, describeMachine, type Machine } from './report/machine.js';

/** What `--json FILE` writes. */
export interface BenchReport {
  readonly name: string;
  readonly machine: Machine & { readonly versions: Readonly<Record<string, string>> };
  readonly commit: string;
  readonly runs: number;
  readonly figures: Figures;
}

/** Opens a bench, measures it `runs` times and gives the spread. Always closes it and removes its data. */
export async function runBench(bench: Bench, runs: number, cli: CliContext): Promise<BenchReport> {
  const machine = describeMachine();
  const commit = await commitOfCheckout();
  const dataDir = await mkdtemp(join(tmpdir(), 'fraudflow-bench-'));
  let open: OpenBench | undefined;
  try {
    open = await bench.open({ cli, note: cli.note, dataDir });
    const results: RunFigures[] = [];
    for (let run = 1; run <= runs && !cli.interrupted.aborted; run++) {
      results.push(await open.measure(run));
      cli.note(`run ${run} of ${runs}: ${runLine(results.at(-1) ?? {})}`);
    }
    const { versions } = open;
    return {
      name: bench.name,
      machine: { ...machine, versions },
      commit,
      runs: results.length,
      figures: spreadOf(results),
    };
  } finally {
    await open?.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function runLine(figures: RunFigures): string {
  return Object.entries(figures)
    .map(([name, { value, unit }]) => `${name} ${Number(value.toPrecision(4))} ${unit}`)
    .join(', ');
}
