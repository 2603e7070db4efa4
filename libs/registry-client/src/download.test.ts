import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { download } from './download.js';

let server: Server;
let baseUrl: string;
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  server.closeAllConnections();
  server.close();
});

test('a file that arrives slowly but steadily is read, however long it takes in all', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let signal: AbortSignal | undefined;
  async function* slowly(): AsyncGenerator<Uint8Array> {
    for (let piece = 0; piece < 8 && signal?.aborted === false; piece++) {
      await vi.advanceTimersByTimeAsync(250);
      yield Buffer.from('piece');
    }
  }
  vi.stubGlobal('fetch', async (_url: URL, init: RequestInit) => {
    signal = init.signal ?? undefined;
    return new Response(ReadableStream.from(slowly()));
  });

  const bytes = await download({ baseUrl, timeoutMs: 300 }, '/file', 1_000);

  expect(Buffer.from(bytes).toString()).toBe('piece'.repeat(8));
});

test('a file that stops arriving is an unavailable error', async () => {
  answer = (response) => void response.write('piece');

  await expect(download({ baseUrl, timeoutMs: 50 }, '/file', 1_000)).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('no bytes arrived for 50 ms') as string,
  });
});

test.each([
  ['announced', (response: ServerResponse) => response.setHeader('content-length', 5_000)],
  ['not announced', () => undefined],
])('a file above the limit, %s, is refused without being read to its end', async (_, prepare) => {
  let isClosed: Promise<unknown> = Promise.resolve();
  answer = (response) => {
    isClosed = once(response, 'close');
    prepare(response);
    response.write('x'.repeat(2_000));
  };

  await expect(download({ baseUrl, timeoutMs: 5_000 }, '/file', 1_000)).rejects.toMatchObject({
    code: 'ARTIFACT_TOO_LARGE',
  });
  await isClosed;
});

test('an error of the registry keeps its code', async () => {
  answer = (response) => {
    response.statusCode = 404;
    response.end(JSON.stringify({ error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no such file' }));
  };

  await expect(download({ baseUrl, timeoutMs: 5_000 }, '/file', 1_000)).rejects.toMatchObject({ kind: 'not_found' });
});
