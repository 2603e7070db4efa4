import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  HealthRegistry,
  OpsModule,
  Registry,
  silentLogger,
  currentTraceparent,
  traceIdOf,
} from '@fraudflow/observability';
import { failedPrecondition } from '@fraudflow/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpApp, listenHttp } from './http-app.js';

const metrics = new Registry();
let release: () => void = () => undefined;
let hasBegun: () => void = () => undefined;

let app: NestFastifyApplication;
let port: number;
let url: string;

beforeEach(async () => {
  metrics.clear();
  app = await createHttpApp(OpsModule.forRoot(new HealthRegistry(), metrics), {
    logger: silentLogger,
    bodyLimits: { '/small': 100 },
    allowedHosts: ['Api.Example.com'],
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.post('/echo', ({ body }) => Promise.resolve({ body, trace: traceIdOf(currentTraceparent()) }));
  fastify.post('/small', ({ body }) => Promise.resolve(body));
  fastify.get('/slow', async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
      hasBegun();
    });
    return 'done';
  });
  fastify.get('/unmet', () => Promise.reject(failedPrecondition('not now')));
  port = await listenHttp(app, 0, '127.0.0.1');
  url = `http://127.0.0.1:${port}`;
});

afterEach(async () => {
  await app.close();
});

const post = (path: string, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(url + path, { method: 'POST', body, headers });

/** A GET under another host name, which fetch does not allow. */
async function getAs(host: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return textOf(socket);
}

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'close');
  return text;
}

test('handlers of requests with a body run in the trace of the header, or in a new one', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const traced = await post('/echo', '{}', {
    'content-type': 'application/json',
    traceparent: `00-${trace}-b7ad6b7169203331-01`,
  });
  const untraced = await post('/echo', '{}');

  expect(await traced.json()).toEqual({ body: {}, trace });
  expect(await untraced.json()).toEqual({ body: {}, trace: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
});

test('content types other than JSON are refused, because a web page can send them without a CORS preflight', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    expect((await post('/echo', '{}', { 'content-type': type })).status, type).toBe(415);
  }
  expect((await post('/echo', '{}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
});

test('deep, large and broken JSON is an error of the caller', async () => {
  const cases: [string, string, number][] = [
    ['/echo', '['.repeat(10_000), 400],
    ['/echo', `{"x":${'['.repeat(500)}${']'.repeat(500)}}`, 400],
    ['/echo', `[${'{},'.repeat(250_000)}{}]`, 400],
    ['/echo', '{"a":', 400],
    ['/echo', '{"__proto__":{"a":1}}', 400],
    ['/echo', JSON.stringify('x'.repeat(1_100_000)), 413],
    ['/small', JSON.stringify('x'.repeat(200)), 413],
  ];
  for (const [path, body, status] of cases) {
    const response = await post(path, body);
    expect(response.status, body.slice(0, 20)).toBe(status);
    expect(response.headers.get('content-type'), body.slice(0, 20)).toContain('application/problem+json');
  }
});

test('an unmet precondition is 400', async () => {
  expect((await fetch(`${url}/unmet`)).status).toBe(400);
});

test.each([
  ['127.0.0.1:1', 200],
  ['[::1]:1', 200],
  ['localhost', 200],
  ['scorer:8501', 200],
  ['scorer.prod.svc.cluster.local', 200],
  ['api.example.com:443', 200],
  ['evil.example.com', 403],
  ['127.0.0.1.evil.com', 403],
])('a request with the host name %s gets status %i', async (host, status) => {
  expect(await getAs(host)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test('closing lets a running request finish', async () => {
  const begun = new Promise<void>((resolve) => (hasBegun = resolve));
  const running = fetch(`${url}/slow`);
  await begun;

  const closed = app.close();
  release();

  expect(await (await running).text()).toBe('done');
  await closed;
});

test('requests are measured by route pattern', async () => {
  await post('/echo', '{}');
  await fetch(`${url}/no/such/route`);

  const text = await metrics.metrics();
  expect(text).toContain('http_server_duration_seconds_count{method="POST",route="/echo",code="200"} 1');
  expect(text).toContain('route="unmatched",code="404"');
});
