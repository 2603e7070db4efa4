import { Command } from 'commander';
import type { CliCommand } from './cli-command.js';
import type { CliContext } from './cli-context.js';
import { errorText, EXIT_OK, exitCodeOf } from './exit-code.js';

const EPILOGUE = `
Exit codes: 0 done, 1 something failed, 2 wrong usage or configuration.
Set-up (packages, build, jars) happens by itself when something changed.`;

/**
 * Parses the arguments, runs the command and prints errors as text.
 * @param args arguments behind the program's name.
 * @returns the exit code; never rejects.
 */
export async function runCli(
  args: readonly string[],
  commands: readonly CliCommand[],
  context: CliContext,
): Promise<number> {
  const program = buildProgram(commands, context);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT_OK;
  } catch (thrown) {
    const text = errorText(thrown, args.includes('--verbose'));
    if (text !== undefined) context.note(text);
    return exitCodeOf(thrown);
  }
}

function buildProgram(commands: readonly CliCommand[], context: CliContext): Command {
  const program = new Command('fraudflow')
    .description('Card-fraud detection as one system: stream, features, scores, drift, retraining.')
    .option('--verbose', 'print the whole error with its causes')
    .addHelpText('after', EPILOGUE)
    .showHelpAfterError('(--help shows the usage)')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text.trimEnd()),
      writeErr: (text) => context.note(text.trimEnd()),
    });
  for (const command of commands) command.register(program, context);
  for (const command of program.commands) {
    // A sub-command inherits these settings only if they were set before it was created.
    command.copyInheritedSettings(program).option('--verbose', 'print the whole error with its causes');
  }
  return program;
}
