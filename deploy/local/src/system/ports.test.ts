import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { choosePort, isPortFree } from './ports.js';

test('a port in use is replaced, a free one is kept, and no port is assigned twice', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: used } = server.address() as AddressInfo;

  const replacement = await choosePort(used, new Set());
  const other = await choosePort(replacement, new Set([replacement]));

  expect(await isPortFree(used)).toBe(false);
  expect(replacement).not.toBe(used);
  expect(other).not.toBe(replacement);
  await new Promise((resolve) => server.close(resolve));
  expect(await choosePort(used, new Set())).toBe(used);
});
