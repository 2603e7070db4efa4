import type { Command } from 'commander';
import type { CliContext } from './cli-context.js';

/** One sub-command. `register` adds it with its options and help; its action throws AppError or returns. */
export interface CliCommand {
  register(program: Command, context: CliContext): void;
}
