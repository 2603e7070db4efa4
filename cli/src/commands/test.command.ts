import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { repositoryRoot } from '@fraudflow/local';
import type { Command } from 'commander';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { CommandFailed } from '../program/exit-code.js';

interface TestOptions {
  readonly full?: boolean;
  readonly results?: string;
}

/** `fraudflow test`: runs the tests with Vitest and exits with its code. */
export const testCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('test')
      .description('run the tests; further arguments go to Vitest')
      .argument('[vitest...]', 'files, or options of Vitest such as -t <name>')
      .option('--full', 'also run the long tests: the Vitest project named full')
      .option('--results <file>', "write Vitest's JSON report there")
      .passThroughOptions()
      .allowUnknownOption()
      .action((rest: readonly string[], options: TestOptions) => runVitest(vitestArgs(rest, options), context));
  },
};

/** Arguments of `vitest` for these options; every project except `full`, unless it is requested. */
export function vitestArgs(rest: readonly string[], options: TestOptions): readonly string[] {
  const projects = options.full ? [] : ['--project=!full'];
  const report =
    options.results === undefined
      ? []
      : ['--reporter=default', '--reporter=json', `--outputFile.json=${resolve(options.results)}`];
  return ['run', ...projects, ...report, ...rest];
}

/** The child has the same terminal and gets Ctrl-C itself, so this process only waits for it. */
async function runVitest(args: readonly string[], context: CliContext): Promise<void> {
  const root = repositoryRoot();
  const script = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit', env: { ...context.env } });
  const exitCode = await new Promise<number>((settle, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => settle(code ?? 1));
  });
  if (exitCode !== 0) throw new CommandFailed(exitCode);
}
