import { expect, test } from 'vitest';
import { eventLine } from './event-line.js';

test('a part that is ready is named with its address and time', () => {
  const line = eventLine({ type: 'ready', part: 'kafka', kind: 'embedded', address: '127.0.0.1:29092', tookMs: 2_349 });

  expect(line).toBe('kafka          ready at 127.0.0.1:29092 after 2.3 s');
});

test('the line for a crash states how the part ended and when it is restarted', () => {
  expect(eventLine({ type: 'crashed', part: 'scorer', how: 'SIGKILL', restartInMs: 0 })).toBe(
    'scorer ended (SIGKILL); restarting it now',
  );
  expect(eventLine({ type: 'crashed', part: 'scorer', how: 'exit code 1', restartInMs: 500 })).toContain('in 0.5 s');
});

test('a crash loop shows the last lines of the log, indented', () => {
  const line = eventLine({ type: 'crash_loop', part: 'scorer', crashes: 5, nextTryInMs: 1_000, lastLines: 'a\nb' });

  expect(line).toBe('scorer has crashed 5 times within a minute; next try in 1.0 s. Its last lines:\n    a\n    b');
});
