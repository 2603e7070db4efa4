import { expect, test } from 'vitest';
import { bar, grouped, ProgressLine } from './progress-line.js';

test('on a terminal one line is redrawn, and in a log a line is printed at intervals', () => {
  const written: Record<string, string[]> = { terminal: [], log: [] };
  let nowMs = 0;
  const lineOn = (name: 'terminal' | 'log') =>
    new ProgressLine({ isTerminal: name === 'terminal', write: (text) => written[name]?.push(text) }, () => nowMs);
  const [terminal, log] = [lineOn('terminal'), lineOn('log')];

  for (nowMs = 0; nowMs <= 1_000; nowMs += 50) [terminal, log].forEach((line) => line.update(`at ${nowMs}`));
  log.finish('end');

  expect(written['terminal']).toHaveLength(11);
  expect(written['terminal']?.[0]).toBe('\r\x1b[2Kat 0');
  expect(written['log']).toEqual(['at 0\n', 'end\n']);
});

test('a bar is empty, full or in between, also for invalid shares', () => {
  expect([bar(0, 4), bar(0.5, 4), bar(2, 4), bar(Number.NaN, 4)]).toEqual(['░░░░', '██░░', '████', '░░░░']);
  expect(grouped(1_234_567.4)).toBe('1,234,567');
});
