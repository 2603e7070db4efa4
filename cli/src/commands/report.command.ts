import { writeFile } from 'node:fs/promises';
import { invalidInput } from '@fraudflow/core';
import type { Command } from 'commander';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { featureStoreAddress } from '../program/feature-store.js';
import { renderHtml } from '../report/html/render-html.js';
import { readFeatureStatistics } from '../report/read-feature-statistics.js';
import { renderText } from '../report/render-text.js';

const MAX_HOT_KEYS = 100;

interface ReportArguments {
  readonly address?: string;
  readonly hotKeys: string;
  readonly json?: boolean;
  readonly html?: string;
}

/** `fraudflow report features`: statistics of the feature views, as text, JSON or HTML. */
export const reportCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    const report = program.command('report').description('reports about the running system').enablePositionalOptions();
    report
      .command('features')
      .description('rates, gaps, freshness, entities, hot keys and values of each feature view')
      .argument('[views...]', 'only these views')
      .option('--address <host:port>', 'gRPC address of the worker to query; default: that of the running stack')
      .option('--hot-keys <n>', 'maximum number of keys per entity, 1 to 100', '10')
      .option('--json', 'print it as JSON; unknown figures are null')
      .option('--html <file>', 'write it as one HTML file with plots')
      .action((views: readonly string[], args: ReportArguments) => reportFeatures(views, args, context));
  },
};

async function reportFeatures(views: readonly string[], args: ReportArguments, context: CliContext): Promise<void> {
  const hotKeys = countOf(args.hotKeys);
  const report = await readFeatureStatistics(args.address ?? featureStoreAddress(context), views, hotKeys);
  if (args.html !== undefined) {
    await writeFile(args.html, renderHtml(report));
    context.note(`wrote ${args.html}`);
  }
  if (args.json) context.out(JSON.stringify(report, undefined, 2));
  else if (args.html === undefined) context.out(renderText(report));
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_HOT_KEYS) return count;
  throw invalidInput(`--hot-keys must be a whole number from 1 to ${MAX_HOT_KEYS}, not "${text}"`);
}
