import { writeFile } from 'node:fs/promises';
import { invalidInput } from '@fraudflow/core';
import type { Command } from 'commander';
import type { Bench } from '../bench/bench.js';
import { BENCHES } from '../bench/bench-registry.js';
import { renderReport } from '../bench/report/render-report.js';
import { runBench } from '../bench/run-bench.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';

interface BenchArguments {
  readonly runs: string;
  readonly json?: string;
}

const LIST = BENCHES.map((bench) => `  ${bench.name.padEnd(10)} ${bench.description}`).join('\n');

/** `fraudflow bench NAME`: measures and prints machine, versions and the spread over the runs. */
export const benchCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('bench')
      .description('measure a part of the system, several times')
      .argument('[name]', 'which bench; without it they are listed')
      .option('--runs <n>', 'measurements', '3')
      .option('--json <file>', 'write the figures as JSON')
      .addHelpText('after', `\nBenches:\n${LIST}`)
      .action((name: string | undefined, args: BenchArguments) => measure(name, args, context));
  },
};

async function measure(name: string | undefined, args: BenchArguments, context: CliContext): Promise<void> {
  if (name === undefined) {
    context.out(LIST);
    return;
  }
  const report = await runBench(benchCalled(name), runCount(args.runs), context);
  for (const line of renderReport(report)) context.out(line);
  if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

function benchCalled(name: string): Bench {
  const found = BENCHES.find((bench) => bench.name === name);
  if (found !== undefined) return found;
  throw invalidInput(`there is no bench "${name}"; there are ${BENCHES.map((bench) => bench.name).join(', ')}`);
}

function runCount(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1 && runs <= 100) return runs;
  throw invalidInput(`--runs must be a whole number from 1 to 100, not "${text}"`);
}
