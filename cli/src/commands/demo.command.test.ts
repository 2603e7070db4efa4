import { expect, test } from 'vitest';
import { runCli } from '../program/run-cli.js';
import { benchCommand } from './bench.command.js';
import { demoCommand } from './demo.command.js';
import { featuresExportCommand } from './features-export.command.js';
import { replayCommand } from './replay.command.js';

const COMMANDS = [demoCommand, replayCommand, featuresExportCommand, benchCommand];

async function run(...args: readonly string[]) {
  const [out, notes]: [string[], string[]] = [[], []];
  const exitCode = await runCli(args, COMMANDS, {
    env: { FRAUDFLOW_DATA_DIR: '/nonexistent/fraudflow' },
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    interrupted: new AbortController().signal,
    mainScript: '',
  });
  return { exitCode, out: out.join('\n'), notes: notes.join('\n') };
}

test('each command has a help text', async () => {
  for (const name of [['demo'], ['replay'], ['features', 'export'], ['bench']]) {
    const { exitCode, out } = await run(...name, '--help');

    expect(exitCode).toBe(0);
    expect(out).toContain(`Usage: fraudflow ${name.join(' ')}`);
  }
});

test.each([
  [['demo', '--rate', '0'], 'must be a whole number of at least 1'],
  [['demo', '--history-days', 'many'], 'must be a whole number'],
  [['replay', 'x.csv', '--speed', 'fast'], '--speed must be a number above 0 or max'],
  [['replay', 'x.csv', '--label-delay', '7'], '"7" is not a duration'],
  [['replay', 'x.csv', '--from', 'yesterday'], '--from must be a time'],
  [['replay', 'x.csv', '--limit-days', '-1'], '--limit-days must be a number above 0'],
  [['features', 'export'], '--out'],
  [['bench', 'nothing'], 'there is no bench "nothing"; there are pipeline'],
  [['bench', 'pipeline', '--runs', '0'], '--runs must be a whole number from 1'],
])('a wrong argument exits with 2 and is named: %s', async (args, message) => {
  const { exitCode, notes } = await run(...args);

  expect(exitCode).toBe(2);
  expect(notes).toContain(message);
});

test('without a running system the error of a replay and of an export states how to start one', async () => {
  for (const args of [
    ['replay', 'x.csv'],
    ['features', 'export', '--out', 'x.csv'],
  ]) {
    const { exitCode, notes } = await run(...args);

    expect(exitCode).toBe(1);
    expect(notes).toContain('./fraudflow up');
  }
});

test('bench without a name lists the benches', async () => {
  expect((await run('bench')).out).toContain('pipeline');
});
