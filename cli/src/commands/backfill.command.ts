import { featuresV1 } from '@fraudflow/contracts';
import { AppError, failedPrecondition, notFound } from '@fraudflow/core';
import type { Command } from 'commander';
import { type Backfill, BackfillClient } from '../backfill/backfill-client.js';
import { backfillJson, backfillTable, progressText, stateOf } from '../backfill/describe-backfill.js';
import { StallNotice } from '../backfill/stall-notice.js';
import { isRunning, watchBackfill } from '../backfill/watch-backfill.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { ADDRESS_OPTION, featureStoreAddress } from '../program/feature-store.js';
import { grouped, ProgressLine } from '../replay/progress-line.js';

interface BackfillArguments {
  readonly address?: string;
  readonly json?: boolean;
}

interface StartArguments extends BackfillArguments {
  readonly wait: boolean;
}

const { BACKFILL_STATE_ACTIVE, BACKFILL_STATE_CANCELLED } = featuresV1.BackfillState;

/**
 * `fraudflow features backfill`, `backfills`, `backfill-cancel`: features that stored rows lack. Sub-commands
 * of `features`.
 */
export const backfillCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    const features = program.commands.find((command) => command.name() === 'features') ?? program.command('features');
    features
      .command('backfill')
      .description(
        'compute the features of a service that stored rows lack, or watch the running backfill; Ctrl-C does not stop it',
      )
      .argument('<service>', 'feature service, e.g. fraud_detection_features_v2')
      .option('--no-wait', 'return as soon as it has started')
      .option(...ADDRESS_OPTION)
      .option('--json', 'print the backfill as JSON')
      .action((service: string, args: StartArguments) =>
        withClient(args, context, (client) => startBackfill(client, service, args, context)),
      );
    features
      .command('backfills')
      .description('list all backfills, the newest first')
      .option(...ADDRESS_OPTION)
      .option('--json', 'print them as JSON')
      .action((args: BackfillArguments) =>
        withClient(args, context, async (client) => tellAll(await client.list(), args, context)),
      );
    features
      .command('backfill-cancel')
      .description('stop a running backfill and drop its computed values')
      .argument('<id>', 'id of the backfill, as printed by backfills')
      .option(...ADDRESS_OPTION)
      .option('--json', 'print the backfill as JSON')
      .action((id: string, args: BackfillArguments) =>
        withClient(args, context, async (client) => tellCancelled(await cancelBackfill(client, id), args, context)),
      );
  },
};

async function withClient(
  { address }: BackfillArguments,
  context: CliContext,
  act: (client: BackfillClient) => Promise<void>,
): Promise<void> {
  const client = new BackfillClient(address ?? featureStoreAddress(context));
  try {
    await act(client);
  } finally {
    client.close();
  }
}

async function startBackfill(
  client: BackfillClient,
  service: string,
  args: StartArguments,
  context: CliContext,
): Promise<void> {
  const begun = await client.start(service);
  if (begun === undefined) {
    context.out(args.json ? 'null' : `nothing to do: every stored row has all features of ${service}`);
    return;
  }
  const last = args.wait ? await shownUntilEnded(client, begun, context) : begun;
  if (args.json) context.out(JSON.stringify(backfillJson(last)));
  if (isRunning(last)) return (args.json ? context.note : context.out)(goesOn(last));
  checkActive(last);
  const { id, rowsDone } = last;
  if (!args.json) context.out(`backfill ${id}: ${grouped(rowsDone)} rows; training sets of ${service} take its values`);
}

/** @returns the last state: ended, or running after an interrupt */
async function shownUntilEnded(client: BackfillClient, begun: Backfill, context: CliContext): Promise<Backfill> {
  const line = new ProgressLine();
  const startedAtMs = performance.now();
  const text = (backfill: Backfill): string =>
    progressText(backfill, { rowsDone: begun.rowsDone, elapsedMs: performance.now() - startedAtMs });
  const stall = new StallNotice(begun, context.note);
  let last = begun;
  for await (last of watchBackfill(client, begun, { signal: context.interrupted })) {
    line.update(text(last));
    stall.update(last);
  }
  line.finish(text(last));
  return last;
}

function goesOn({ id, featureService }: Backfill): string {
  return (
    `backfill ${id} continues in the feature store; watch it with ./fraudflow features backfill ${featureService}, ` +
    `list all with ./fraudflow features backfills, stop it with ./fraudflow features backfill-cancel ${id}`
  );
}

/** @throws AppError failed_precondition unless its values are in use */
function checkActive(backfill: Backfill): void {
  const { id, featureService, problem, state } = backfill;
  if (state === BACKFILL_STATE_ACTIVE) return;
  const why = problem === '' ? '' : `: ${problem}`;
  throw failedPrecondition(
    `backfill ${id} of ${featureService} ${state === BACKFILL_STATE_CANCELLED ? 'was cancelled' : stateOf(backfill)}${why}; ` +
      `begin again with ./fraudflow features backfill ${featureService}`,
  );
}

function tellAll(backfills: readonly Backfill[], { json }: BackfillArguments, { out }: CliContext): void {
  if (json) out(JSON.stringify({ backfills: backfills.map(backfillJson) }));
  else out(backfills.length === 0 ? 'no backfills' : backfillTable(backfills));
}

async function cancelBackfill(client: BackfillClient, id: string): Promise<Backfill> {
  try {
    return await client.cancel(id);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'BACKFILL_UNKNOWN') throw thrown;
    throw notFound(`backfill "${id}" does not exist; ./fraudflow features backfills lists them`, { cause: thrown });
  }
}

/** @throws AppError failed_precondition if it had ended before */
function tellCancelled(backfill: Backfill, { json }: BackfillArguments, { out }: CliContext): void {
  if (json) out(JSON.stringify(backfillJson(backfill)));
  if (backfill.state !== BACKFILL_STATE_CANCELLED) {
    throw failedPrecondition(
      `backfill ${backfill.id} is ${stateOf(backfill)}: only a running backfill can be cancelled`,
    );
  }
  if (!json) out(`backfill ${backfill.id} is cancelled; its computed values are dropped`);
}
