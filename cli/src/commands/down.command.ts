import { stopStack, type StopResult } from '@fraudflow/local';
import type { Command } from 'commander';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { runningStackSettings } from '../program/stack-settings.js';

/** `fraudflow down`: stops what `up` started, also after a crash of it. Data are kept. */
export const downCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('down')
      .description('stop everything that up started; data are kept')
      .option('--json', 'print the result as JSON')
      .action(async (options: { readonly json?: boolean }) => {
        const result = await stopStack(runningStackSettings(context.env).dataDir);
        context.out(options.json ? JSON.stringify(result) : describe(result));
      });
  },
};

function describe({ wasRunning, leftovers }: StopResult): string {
  if (leftovers.length > 0) return `stopped processes that a killed run had left: ${leftovers.join(', ')}`;
  return wasRunning ? 'stopped' : 'nothing was running';
}
