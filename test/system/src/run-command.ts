import { COMMANDS, runCli } from '@fraudflow/cli';

export interface CommandResult {
  readonly exitCode: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly notes: string;
}

/** Runs `fraudflow` with these arguments on the stack of a data folder. */
export async function runCommand(dataDir: string, ...args: readonly string[]): Promise<CommandResult> {
  const [out, notes]: [string[], string[]] = [[], []];
  const exitCode = await runCli(args, COMMANDS, {
    env: { FRAUDFLOW_DATA_DIR: dataDir },
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    interrupted: new AbortController().signal,
    mainScript: '',
  });
  return { exitCode, out: out.join('\n'), notes: notes.join('\n') };
}
