import { unavailable } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { COMMANDS } from '../command-registry.js';
import type { CliCommand } from './cli-command.js';
import { runCli } from './run-cli.js';

interface Run {
  readonly exitCode: number;
  readonly out: string;
  readonly notes: string;
}

async function run(args: readonly string[], commands = COMMANDS, env: Record<string, string> = {}): Promise<Run> {
  const out: string[] = [];
  const notes: string[] = [];
  const exitCode = await runCli(args, commands, {
    env,
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    interrupted: new AbortController().signal,
    mainScript: '/nowhere/main.js',
  });
  return { exitCode, out: out.join('\n'), notes: notes.join('\n') };
}

const failing: CliCommand = {
  register: (program) => {
    program.command('fail').action(() => {
      throw unavailable('the sea is closed');
    });
  },
};

test('the help of every command is printed with exit code 0', async () => {
  for (const name of ['up', 'down', 'status', 'test']) {
    const { exitCode, out } = await run([name, '--help']);

    expect(exitCode).toBe(0);
    expect(out).toContain(`Usage: fraudflow ${name}`);
  }
});

test('an unknown command or option is named, and the exit code is 2', async () => {
  expect(await run(['upp'])).toMatchObject({ exitCode: 2, notes: expect.stringContaining('upp') });
  expect(await run(['up', '--prots', 'free'])).toMatchObject({
    exitCode: 2,
    notes: expect.stringContaining('--prots'),
  });
  expect(await run(['up', '--services', 'scorer,scoror'])).toMatchObject({
    exitCode: 2,
    notes: expect.stringContaining('scoror unknown'),
  });
});

test('a wrong setting exits with 2 and names the variable', async () => {
  const { exitCode, notes } = await run(['status'], COMMANDS, { FRAUDFLOW_KAFKA_BROKERS: 'a,,b' });

  expect(exitCode).toBe(2);
  expect(notes).toContain('FRAUDFLOW_KAFKA_BROKERS');
});

test('a failure is printed as one sentence, and with --verbose with its stack', async () => {
  expect(await run(['fail'], [failing])).toEqual({ exitCode: 1, out: '', notes: 'fraudflow: the sea is closed' });
  expect((await run(['fail', '--verbose'], [failing])).notes).toContain('run-cli.test');
});
