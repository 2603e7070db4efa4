import { expect, test } from 'vitest';
import { within } from './within.js';

test('work within the limit returns its value or throws its own error', async () => {
  expect(await within(Promise.resolve(7), 60_000, 'counting')).toBe(7);
  await expect(within(Promise.reject(new Error('no broker')), 60_000, 'counting')).rejects.toThrow('no broker');
});

test('work beyond the limit is a timeout that names it', async () => {
  const never = new Promise<void>(() => undefined);

  await expect(within(never, 1, 'setting up')).rejects.toMatchObject({ kind: 'timeout', message: /setting up/ });
});
