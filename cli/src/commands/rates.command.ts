import { unavailable } from '@fraudflow/core';
import { runningStack } from '@fraudflow/local';
import type { Command } from 'commander';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { runningStackSettings } from '../program/stack-settings.js';
import { renderTable } from '../program/table.js';
import { readRateFile } from '../rates/rate-file.js';
import { RatesClient } from '../rates/rates-client.js';

const ADDRESS = ['--address <url>', "base URL of ingestion's REST; default: that of the running stack"] as const;

interface AddressArgument {
  readonly address?: string;
}

interface SetArguments extends AddressArgument {
  readonly at?: string;
  readonly source?: string;
}

interface ListArguments extends AddressArgument {
  readonly currency?: string;
  readonly at?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

/** `fraudflow rates`: exchange rates into the base currency. */
export const ratesCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    const rates = program
      .command('rates')
      .description('exchange rates into the base currency')
      .enablePositionalOptions();
    rates
      .command('set')
      .description('state a rate: units of the base currency for one unit of the currency, e.g. `set USD 0.9213`')
      .argument('<currency>', 'ISO 4217 code')
      .argument('<rate>', 'decimal number above 0')
      .option('--at <instant>', 'instant from which on it is effective, ISO 8601; default: now')
      .option('--source <text>', 'source of the rate')
      .option(...ADDRESS)
      .action((currency: string, rate: string, args: SetArguments) => setRate(currency, rate, args, context));
    rates
      .command('list')
      .description('rates by currency and time')
      .option('--currency <code>', 'only this one')
      .option('--at <instant>', 'only the rates that are effective at this instant')
      .option('--limit <n>', 'maximum number of rates to list: the latest ones')
      .option('--json', 'print them as JSON')
      .option(...ADDRESS)
      .action((args: ListArguments) => listRates(args, context));
    rates
      .command('load')
      .description('state the rates of a file: CSV or JSON with currency, rate and optionally effective_at, source')
      .argument('<file>')
      .option(...ADDRESS)
      .action((file: string, args: AddressArgument) => loadRates(file, args, context));
  },
};

async function setRate(currency: string, rate: string, args: SetArguments, context: CliContext): Promise<void> {
  await clientOf(args, context).state([
    {
      currency,
      rate,
      ...(args.at === undefined ? {} : { effective_at: args.at }),
      ...(args.source === undefined ? {} : { source: args.source }),
    },
  ]);
  context.out(`1 ${currency} counts as ${rate} from ${args.at ?? 'now'} on`);
}

async function listRates({ json, ...args }: ListArguments, context: CliContext): Promise<void> {
  const { currency, at, limit } = args;
  const found = await clientOf(args, context).list({
    ...(currency === undefined ? {} : { currency }),
    ...(at === undefined ? {} : { at }),
    ...(limit === undefined ? {} : { limit }),
  });
  if (json) context.out(JSON.stringify(found, undefined, 2));
  else if (found.rates.length === 0) context.out(`no rates into ${found.base_currency}`);
  else {
    const rows = found.rates.map((rate) => [`${rate.currency}/${rate.base_currency}`, rate.rate, rate.effective_at]);
    context.out(renderTable([['pair', 'rate', 'effective at'], ...rows]));
  }
}

async function loadRates(file: string, args: AddressArgument, context: CliContext): Promise<void> {
  const rates = await readRateFile(file);
  const count = await clientOf(args, context).state(rates);
  context.out(`${count} rates stated`);
}

function clientOf({ address }: AddressArgument, { env }: CliContext): RatesClient {
  const found = address ?? runningStack(runningStackSettings(env).dataDir).services['ingestion']?.http;
  if (found !== undefined) return new RatesClient(found);
  throw unavailable('the running stack has no ingestion: start all with ./fraudflow up, or give --address');
}
