import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { requestText } from './request-text.js';

test('if a client closes its connection in the middle of a body, the error is the client’s', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  client.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{"half');
  const [request] = (await once(server, 'request')) as [IncomingMessage];

  const text = requestText(request, 1_000);
  client.destroy();

  await expect(text).rejects.toMatchObject({ statusCode: 400 });
  server.close();
});
