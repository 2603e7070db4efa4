import { writeFile } from 'node:fs/promises';
import { invalidInput } from '@fraudflow/core';
import type { Command } from 'commander';
import { type Bench, BENCH_DEFAULTS, BENCHES, type BenchOptions, runBench } from '@fraudflow/bench';
import { benchHost } from '../bench/bench-host.js';
import { renderReport } from '../bench/render-report.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';

interface BenchArguments {
  readonly runs: string;
  readonly json?: string;
  readonly transactions: string;
  readonly history: string;
  readonly workers: string;
  readonly customers: string;
  readonly partitions: string;
  readonly feastPython?: string;
}

/** `fraudflow bench NAME`: measures and prints machine, versions and the spread over the runs. */
export const benchCommand: CliCommand = {
  register: (program, context) => registerBenches(BENCHES, program, context),
};

/** Adds the command with these benches. */
export function registerBenches(benches: readonly Bench[], program: Command, context: CliContext): void {
  program
    .command('bench')
    .description('measure a part of the system, several times')
    .argument('[name]', 'name of the bench; without it all are listed')
    .option('--runs <n>', 'measurements', '3')
    .option('--json <file>', 'write the figures as JSON')
    .option(
      '--transactions <n>',
      'number of transactions that a bench of the stream sends',
      String(BENCH_DEFAULTS.transactions),
    )
    .option('--history <n>', 'recovery: number of transactions before the faults', String(BENCH_DEFAULTS.history))
    .option(
      '--workers <n>',
      'features: number of feature stores that share the partitions',
      String(BENCH_DEFAULTS.workers),
    )
    .option(
      '--customers <n>',
      'pipeline: number of customers of the measured traffic',
      String(BENCH_DEFAULTS.customers),
    )
    .option('--partitions <n>', 'pipeline: number of partitions of each topic', String(BENCH_DEFAULTS.partitions))
    .option('--feast-python <file>', 'serving: a python with feast[redis], instead of a temporary environment')
    .addHelpText('after', `\nBenches:\n${listOf(benches)}`)
    .action((name: string | undefined, args: BenchArguments) =>
      name === undefined ? context.out(listOf(benches)) : measure(benchCalled(name, benches), args, context),
    );
}

function listOf(benches: readonly Bench[]): string {
  return benches.map((bench) => `  ${bench.name.padEnd(14)} ${bench.description}`).join('\n');
}

async function measure(bench: Bench, args: BenchArguments, context: CliContext): Promise<void> {
  const runs = wholeNumber('--runs', args.runs, { least: 1, most: 100 });
  const report = await runBench(bench, runs, benchHost(context), optionsOf(args));
  for (const line of renderReport(report)) context.out(line);
  if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

function benchCalled(name: string, benches: readonly Bench[]): Bench {
  const found = benches.find((bench) => bench.name === name);
  if (found !== undefined) return found;
  throw invalidInput(`there is no bench "${name}"; there are ${benches.map((bench) => bench.name).join(', ')}`);
}

function optionsOf({
  transactions,
  history,
  workers,
  customers,
  partitions,
  feastPython,
}: BenchArguments): BenchOptions {
  return {
    transactions: wholeNumber('--transactions', transactions, { least: 10_000, most: 10_000_000 }),
    history: wholeNumber('--history', history, { least: 10_000, most: 10_000_000 }),
    workers: wholeNumber('--workers', workers, { least: 1, most: 4 }),
    customers: wholeNumber('--customers', customers, { least: 2_000, most: 500_000 }),
    partitions: wholeNumber('--partitions', partitions, { least: 1, most: 100 }),
    feastPython,
  };
}

function wholeNumber(option: string, text: string, { least, most }: { least: number; most: number }): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidInput(`${option} must be a whole number from ${least} to ${most}, not "${text}"`);
}
