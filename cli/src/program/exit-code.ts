import { AppError } from '@fraudflow/core';
import { CommanderError } from 'commander';

export const EXIT_OK = 0;
export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;

/** Ends a command with this exit code after it has printed the reason. */
export class CommandFailed extends Error {
  constructor(readonly exitCode: number) {
    super(`exit ${exitCode}`);
  }
}

/** 0 for help and version, 2 for wrong usage or configuration, 1 for a failure of the command. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof CommandFailed) return thrown.exitCode;
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  return thrown instanceof AppError && thrown.kind === 'invalid_input' ? EXIT_USAGE : EXIT_FAILURE;
}

/** The message for an error: one sentence, undefined if it was printed before; with `verbose` stack and causes. */
export function errorText(thrown: unknown, verbose: boolean): string | undefined {
  if (thrown instanceof CommandFailed || thrown instanceof CommanderError) return undefined;
  if (!(thrown instanceof Error)) return `fraudflow: ${String(thrown)}`;
  if (!verbose) return `fraudflow: ${thrown.message}`;
  const cause = thrown.cause === undefined ? '' : `\ncaused by: ${errorText(thrown.cause, true) ?? ''}`;
  return `fraudflow: ${thrown.stack ?? thrown.message}${cause}`;
}
