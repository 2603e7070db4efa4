import { startStack, type StackHandle } from '@fraudflow/local';
import { Option, type Command } from 'commander';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { describeAddresses } from '../program/describe-addresses.js';
import { eventLine } from '../program/event-line.js';
import { CommandFailed, EXIT_OK } from '../program/exit-code.js';
import { whenAborted } from '../program/interrupt.js';
import { loadStackSettings } from '../program/stack-settings.js';
import { startDetached } from '../program/start-detached.js';
import { parseServices, type UpOptions } from '../program/up-options.js';

/** `fraudflow up`: runs the servers and services until it is stopped. */
export const upCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('up')
      .description('start Kafka, Redis, Postgres and the six services; Ctrl-C stops them all')
      .addOption(
        new Option('--ports <policy>', 'the usual ports where they are free, or any free ones')
          .choices(['default', 'free'])
          .default('default'),
      )
      .option('--services <names>', 'all, none, or a comma-separated list', 'all')
      .option('--detach', 'return when everything is ready and leave it running; stop it with down')
      .option('--json', 'print the addresses as JSON when everything is ready')
      .action((options: UpOptions) =>
        options.detach ? startDetached(options, context) : runUntilStopped(options, context),
      );
  },
};

async function runUntilStopped(options: UpOptions, context: CliContext): Promise<void> {
  const { interrupted, note } = context;
  const stack = await startUnlessInterrupted(options, context);
  context.out(describeAddresses(stack.parts(), options.json ?? false));
  note('everything is ready; Ctrl-C stops it');
  await whenAborted(interrupted);
  note('stopping');
  await stack.stop();
}

async function startUnlessInterrupted(options: UpOptions, context: CliContext): Promise<StackHandle> {
  const { dataDir, external, redisServer, postgresBinDir } = loadStackSettings(context.env);
  const services = parseServices(options.services);
  try {
    return await startStack({
      dataDir,
      external,
      redisServer,
      postgresBinDir,
      services,
      ports: options.ports,
      signal: context.interrupted,
      onEvent: (event) => {
        const line = eventLine(event);
        if (line !== undefined) context.note(line);
      },
    });
  } catch (thrown) {
    // An interrupt before everything was ready is not a failure.
    if (context.interrupted.aborted) throw new CommandFailed(EXIT_OK);
    throw thrown;
  }
}
