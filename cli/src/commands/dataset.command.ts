import { featuresV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { type Command, Option } from 'commander';
import { DATASET_FORMATS, type DatasetFormat, downloadDataset } from '../dataset/download-dataset.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { ADDRESS_OPTION, featureStoreAddress } from '../program/feature-store.js';
import { bar, grouped, ProgressLine } from '../replay/progress-line.js';

const BAR_WIDTH = 30;
const SOURCES = ['completed', 'served', 'recomputed'] as const;
const SOURCE_MESSAGES: Readonly<Record<(typeof SOURCES)[number], featuresV1.TrainingSetSource>> = {
  completed: featuresV1.TrainingSetSource.TRAINING_SET_SOURCE_UNSPECIFIED,
  served: featuresV1.TrainingSetSource.TRAINING_SET_SOURCE_SERVED,
  recomputed: featuresV1.TrainingSetSource.TRAINING_SET_SOURCE_RECOMPUTED,
};

interface DatasetArguments {
  readonly from: string;
  readonly to: string;
  readonly asOf?: string;
  readonly service: string;
  readonly source: (typeof SOURCES)[number];
  readonly format: DatasetFormat;
  readonly out: string;
  readonly address?: string;
  readonly json?: boolean;
}

/** `fraudflow features dataset`: a training set as a file, with its version. A sub-command of `features`. */
export const datasetCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    const features = program.commands.find((command) => command.name() === 'features') ?? program.command('features');
    features
      .command('dataset')
      .description('write a training set of a time range to a file and print its version')
      .requiredOption('--from <time>', 'first event time, e.g. 2018-04-01 or 2018-04-01T12:00:00Z')
      .requiredOption('--to <time>', 'first event time that is left out')
      .option('--as-of <time>', 'labels count if they were available by then; default: --to')
      .option('--service <name>', 'feature service', 'fraud_detection_features')
      .addOption(
        new Option(
          '--source <source>',
          'values as served and computed where not stored; values as served; or all values computed again',
        )
          .choices(SOURCES)
          .default('completed'),
      )
      .addOption(new Option('--format <format>', 'file format').choices(DATASET_FORMATS).default('parquet'))
      .requiredOption('--out <file>', 'file to write')
      .option(...ADDRESS_OPTION)
      .option('--json', 'print rows and version as JSON')
      .action((args: DatasetArguments) => runDataset(args, context));
  },
};

async function runDataset(args: DatasetArguments, context: CliContext): Promise<void> {
  const request = {
    address: args.address ?? featureStoreAddress(context),
    featureService: args.service,
    fromMs: instant(args.from, '--from'),
    toMs: instant(args.to, '--to'),
    asOfMs: args.asOf === undefined ? 0 : instant(args.asOf, '--as-of'),
    source: SOURCE_MESSAGES[args.source],
    format: args.format,
    path: args.out,
  };
  const line = new ProgressLine();
  const { rows, version } = await downloadDataset(request, context.interrupted, (share, done) =>
    line.update(`${bar(share, BAR_WIDTH)} ${grouped(done)} rows`),
  );
  line.finish(`${bar(1, BAR_WIDTH)} ${grouped(rows)} rows`);
  context.out(
    args.json === true
      ? JSON.stringify({ rows, version, file: args.out })
      : `${grouped(rows)} rows in ${args.out}\nversion ${version}`,
  );
}

function instant(text: string, option: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalidInput(`${option}: "${text}" is not a time`, { field: option });
  return ms;
}
