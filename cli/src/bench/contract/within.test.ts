import { expect, test } from 'vitest';
import { within } from './within.js';

test('what ends in time gives its value, what fails its own error', async () => {
  expect(await within(Promise.resolve(7), 60_000, 'counting')).toBe(7);
  await expect(within(Promise.reject(new Error('no broker')), 60_000, 'counting')).rejects.toThrow('no broker');
});

test('what never ends is given up by name', async () => {
  const never = new Promise<void>(() => undefined);

  await expect(within(never, 1, 'setting up')).rejects.toMatchObject({ kind: 'timeout', message: /setting up/ });
});
