import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { replaceStreams } from './stream-tables.js';

test('an HTTP/2 session of this Node version works with the replaced stream table', async () => {
  const server = createServer((_, response) => response.end('ok'));
  const replaced = new Promise<boolean>((resolve) => {
    server.on('session', (session: ServerHttp2Session) => resolve(replaceStreams(session)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  const responses = await Promise.all(
    Array.from({ length: 300 }, async () => {
      let text = '';
      for await (const chunk of client.request({ ':path': '/' })) text += String(chunk);
      return text;
    }),
  );

  expect(await replaced).toBe(true);
  expect(responses).toEqual(responses.map(() => 'ok'));
  client.close();
  await once(client, 'close');
  server.close();
});
