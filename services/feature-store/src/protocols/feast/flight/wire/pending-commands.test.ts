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

test('an upload is returned once, by its ticket', () => {
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

test('when pending uploads exceed the byte limit, the oldest are evicted', () => {
  for (const command of ['a', 'b', 'c']) pending.add(upload(command, 40));

  expect(commands()).toEqual(['b', 'c']);
});

test('an upload larger than the limit is kept as the only one', () => {
  pending.add(upload('a'));
  pending.add(upload('huge', 500));

  expect(commands()).toEqual(['huge']);
});

test('an expired upload is removed and its bytes are freed', () => {
  pending.add(upload('a', 90));
  clock.advance(LIMITS.commandTimeoutMs);
  pending.add(upload('b', 90));

  expect(commands()).toEqual(['b']);
  expect(() => pending.ticketOf('a')).toThrow('no such flight');
});
