import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { replaceStreams } from './stream-tables.js';

test('a session of this Node takes the table, and its streams open and end in it', async () => {
  const server = createServer((_, response) => response.end('answer'));
  const replaced = new Promise<boolean>((resolve) => {
    server.on('session', (session: ServerHttp2Session) => resolve(replaceStreams(session)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  const answers = await Promise.all(
    Array.from({ length: 300 }, async () => {
      let text = '';
      for await (const chunk of client.request({ ':path': '/' })) text += String(chunk);
      return text;
    }),
  );

  expect(await replaced).toBe(true);
  expect(answers).toEqual(answers.map(() => 'answer'));
  client.close();
  await once(client, 'close');
  server.close();
});
