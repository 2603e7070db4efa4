import { FixedClock } from '@fraudflow/core';
import { Table } from 'apache-arrow';
import { beforeEach, expect, test } from 'vitest';
import { PendingCommands } from './pending-commands.js';
import type { Upload } from './upload.js';

const LIMITS = { maxPendingBytes: 100, commandTimeoutMs: 1_000 };

let clock: FixedClock;
let pending: PendingCommands;

beforeEach(() => {
  clock = new FixedClock(0);
  pending = new PendingCommands(LIMITS, clock);
});

const upload = (command: string, bytes = 10): Upload => ({ command, bytes, table: new Table() });
const commands = (): readonly string[] => pending.list().map(({ command }) => command);

test('an upload is handed out once, by its ticket', () => {
  pending.add(upload('a'));
  const ticket = pending.ticketOf('a');

  expect(pending.take(ticket).command).toBe('a');
  expect(() => pending.take(ticket)).toThrow('no such flight');
});

test('the same command put again replaces the first', () => {
  pending.add(upload('a', 60));
  pending.add(upload('a', 60));

  expect(commands()).toEqual(['a']);
});

test('when too many bytes wait, the oldest give way', () => {
  for (const command of ['a', 'b', 'c']) pending.add(upload(command, 40));

  expect(commands()).toEqual(['b', 'c']);
});

test('an upload larger than everything together is kept alone', () => {
  pending.add(upload('a'));
  pending.add(upload('huge', 500));

  expect(commands()).toEqual(['huge']);
});

test('what waited too long is gone, and its bytes are free again', () => {
  pending.add(upload('a', 90));
  clock.advance(LIMITS.commandTimeoutMs);
  pending.add(upload('b', 90));

  expect(commands()).toEqual(['b']);
  expect(() => pending.ticketOf('a')).toThrow('no such flight');
});
