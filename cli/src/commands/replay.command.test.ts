import { expect, test } from 'vitest';
import { runCli } from '../program/run-cli.js';
import { replayCommand } from './replay.command.js';

async function run(...args: readonly string[]) {
  const notes: string[] = [];
  const exitCode = await runCli(['replay', ...args], [replayCommand], {
    env: { FRAUDFLOW_DATA_DIR: '/nonexistent/fraudflow' },
    out: () => undefined,
    note: (line) => notes.push(line),
    interrupted: new AbortController().signal,
    mainScript: '',
  });
  return { exitCode, notes: notes.join('\n') };
}

test.each([
  [[], 'name a file to send, or give --from-store'],
  [['x.csv', '--from-store'], 'a file (x.csv) and --from-store exclude each other'],
  [['x.csv', '--address', 'a:1'], '--address requires --from-store'],
  [['--from-store', '--label-delay', '7d'], '--label-delay cannot be combined with --from-store'],
  [['--from-store', '--limit-days', '3'], '--limit-days cannot be combined with --from-store'],
  [['--from-store', '--from', '2026-02-01', '--until', '2026-01-01'], '--until must be later than --from'],
  [['--from-store', '--address', 'a:1', '--to', 'kafka'], '--to must be host:port, several with commas, not "kafka"'],
])('a wrong choice exits with 2 and is named: %s', async (args, message) => {
  const { exitCode, notes } = await run(...args);

  expect(exitCode).toBe(2);
  expect(notes).toContain(message);
});

test('without a running stack, the error of a replay of its history states how to start one', async () => {
  expect(await run('--from-store')).toMatchObject({ exitCode: 1, notes: expect.stringContaining('./fraudflow up') });
});
