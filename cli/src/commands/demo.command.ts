import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { DemoInterrupted } from '../demo/context/demo-context.js';
import { DEMO_DEFAULTS, type DemoOptions } from '../demo/context/demo-options.js';
import { type DemoSummary, failuresOf } from '../demo/facts/summary.js';
import { type DemoRun, runDemo } from '../demo/run-demo.js';
import { type DemoView, LiveView, PlainView } from '../demo/view/demo-view.js';
import { renderSummary } from '../demo/view/render-summary.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { describeAddresses } from '../program/describe-addresses.js';
import { CommandFailed, EXIT_FAILURE } from '../program/exit-code.js';
import { whenAborted } from '../program/interrupt.js';
import { demoDataDir, loadStackSettings } from '../program/stack-settings.js';

const EXIT_INTERRUPTED = 130;

interface DemoArguments {
  readonly summary?: string;
  readonly plain?: boolean;
  readonly keep?: boolean;
  readonly seed: number;
  readonly rate: number;
  readonly predictRate: number;
  readonly customers: number;
  readonly terminals?: number;
  readonly historyDays: number;
}

/**
 * `fraudflow demo`: the whole loop once, printed as it happens. Exits with 1 if a transaction was lost or scored twice
 * or the loop did not close.
 */
export const demoCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('demo')
      .description('watch the whole loop: history, first model, live traffic, drift, retraining, a new champion')
      .option('--summary <file>', 'write the counts and measurements as JSON')
      .option('--plain', 'log lines instead of a live screen')
      .option(
        '--keep',
        'leave everything running afterwards, at the default ports if they are free, and print every address; Ctrl-C stops it',
      )
      .option('--seed <n>', 'seed of the simulated world', wholeNumber(0), DEMO_DEFAULTS.seed)
      .option('--rate <n>', 'live transactions a second', wholeNumber(1), DEMO_DEFAULTS.perSecond)
      .option('--predict-rate <n>', 'gRPC Predict calls a second', wholeNumber(1), DEMO_DEFAULTS.predictsPerSecond)
      .option('--customers <n>', 'customers in the simulated world', wholeNumber(50), DEMO_DEFAULTS.customers)
      .option('--terminals <n>', 'terminals; twice the customers unless given', wholeNumber(50))
      .option('--history-days <n>', 'days of history', wholeNumber(22), DEMO_DEFAULTS.historyDays)
      .action((args: DemoArguments) => demo(args, context));
  },
};

async function demo(args: DemoArguments, context: CliContext): Promise<void> {
  const options = demoOptions(args, loadStackSettings(context.env).dataDir);
  const view = demoView(options.isPlain);
  let run: DemoRun;
  try {
    run = await runDemo(options, context, view);
  } catch (thrown) {
    if (thrown instanceof DemoInterrupted || context.interrupted.aborted) throw new CommandFailed(EXIT_INTERRUPTED);
    throw thrown;
  } finally {
    view.close();
  }
  try {
    await printSummary(run.summary, options.summaryPath, context);
    if (options.keepsRunning) await keepRunning(run, context);
  } finally {
    await run.stack.stop();
  }
  if (failuresOf(run.summary).length > 0) throw new CommandFailed(EXIT_FAILURE);
}

async function printSummary(summary: DemoSummary, path: string | undefined, { out, note }: CliContext): Promise<void> {
  for (const line of renderSummary(summary)) out(line);
  if (path !== undefined) {
    await writeFile(path, `${JSON.stringify(summary, undefined, 2)}\n`);
    note(`the summary is in ${path}`);
  }
  for (const failure of failuresOf(summary)) note(`check failed: ${failure}`);
}

async function keepRunning({ stack }: DemoRun, { out, note, interrupted }: CliContext): Promise<void> {
  out(describeAddresses(stack.parts(), false));
  note('everything is left running; Ctrl-C stops it');
  await whenAborted(interrupted);
}

function demoOptions(args: DemoArguments, dataDir: string): DemoOptions {
  return {
    ...DEMO_DEFAULTS,
    seed: args.seed,
    customers: args.customers,
    terminals: args.terminals ?? 2 * args.customers,
    historyDays: args.historyDays,
    perSecond: args.rate,
    predictsPerSecond: args.predictRate,
    isPlain: args.plain ?? false,
    keepsRunning: args.keep ?? false,
    summaryPath: args.summary,
    dataDir: demoDataDir(dataDir),
  };
}

function demoView(isPlain: boolean): DemoView {
  return process.stdout.isTTY && !isPlain ? new LiveView(process.stdout) : new PlainView(process.stderr);
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`must be a whole number of at least ${least}.`);
  };
}
