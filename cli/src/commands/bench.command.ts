import { writeFile } from 'node:fs/promises';
import { invalidInput } from '@fraudflow/core';
import type { Command } from 'commander';
import { type Bench, BENCH_DEFAULTS, type BenchOptions } from '../bench/contract/bench.js';
import { BENCHES } from '../bench/bench-registry.js';
import { renderReport } from '../bench/render-report.js';
import { runBench } from '../bench/run-bench.js';
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

const LIST = BENCHES.map((bench) => `  ${bench.name.padEnd(14)} ${bench.description}`).join('\n');

/** `fraudflow bench NAME`: measures and prints machine, versions and the spread over the runs. */
export const benchCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('bench')
      .description('measure a part of the system, several times')
      .argument('[name]', 'which bench; without it they are listed')
      .option('--runs <n>', 'measurements', '3')
      .option('--json <file>', 'write the figures as JSON')
      .option('--transactions <n>', 'how many a bench of the stream sends', String(BENCH_DEFAULTS.transactions))
      .option('--history <n>', 'recovery: transactions there are before the faults', String(BENCH_DEFAULTS.history))
      .option('--workers <n>', 'features: feature stores that share the partitions', String(BENCH_DEFAULTS.workers))
      .option('--customers <n>', 'pipeline: customers of the measured traffic', String(BENCH_DEFAULTS.customers))
      .option('--partitions <n>', 'pipeline: partitions of each topic', String(BENCH_DEFAULTS.partitions))
      .option('--feast-python <file>', 'serving: a python with feast[redis], instead of a throw-away environment')
      .addHelpText('after', `\nBenches:\n${LIST}`)
      .action((name: string | undefined, args: BenchArguments) => measure(name, args, context));
  },
};

async function measure(name: string | undefined, args: BenchArguments, context: CliContext): Promise<void> {
  if (name === undefined) {
    context.out(LIST);
    return;
  }
  const runs = wholeNumber('--runs', args.runs, { least: 1, most: 100 });
  const report = await runBench(benchCalled(name), runs, context, optionsOf(args));
  for (const line of renderReport(report)) context.out(line);
  if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

function benchCalled(name: string): Bench {
  const found = BENCHES.find((bench) => bench.name === name);
  if (found !== undefined) return found;
  throw invalidInput(`there is no bench "${name}"; there are ${BENCHES.map((bench) => bench.name).join(', ')}`);
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
