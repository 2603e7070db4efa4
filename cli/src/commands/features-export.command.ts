import type { Command } from 'commander';
import { type ExportProgress, exportFeatures } from '../export/features-export.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { connect } from '../replay/connect.js';
import { bar, grouped, ProgressLine } from '../replay/progress-line.js';

const BAR_WIDTH = 30;

/** `fraudflow features export`: the emitted vectors as a file with the handbook's columns. */
export const featuresExportCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    const features = program
      .command('features')
      .description('emitted features, training sets and backfills of the feature store')
      .enablePositionalOptions();
    features
      .command('export')
      .description("write the 14 published features of every transaction under the handbook's names")
      .requiredOption('--out <file>', 'CSV file to write; compressed if it ends in .gz')
      .action((args: { readonly out: string }) => runExport(args.out, context));
  },
};

async function runExport(path: string, context: CliContext): Promise<void> {
  const { bus } = await connect(context);
  const line = new ProgressLine();
  let last: ExportProgress = { rows: 0, done: 0, total: 0 };
  try {
    for await (last of exportFeatures(bus.admin, path)) {
      context.interrupted.throwIfAborted();
      line.update(`${bar(last.done / Math.max(1, last.total), BAR_WIDTH)} ${grouped(last.rows)} rows`);
    }
  } finally {
    await bus.close();
  }
  line.finish(`${bar(1, BAR_WIDTH)} ${grouped(last.rows)} rows`);
  context.out(`${grouped(last.rows)} rows in ${path}`);
}
