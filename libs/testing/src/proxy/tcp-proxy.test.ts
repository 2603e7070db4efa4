import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';

let server: Server;
let proxy: TcpProxy;
/** Everything the server has received, over all connections. */
let received: string;
const clients: Socket[] = [];

beforeEach(async () => {
  received = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received += chunk.toString();
      socket.write(`<${chunk.toString()}>`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await TcpProxy.open({ target: `127.0.0.1:${(server.address() as AddressInfo).port}` });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  server.close();
});

test('passes bytes both ways', async () => {
  const client = await aClient();

  client.write('hello');

  expect(await response(client)).toBe('<hello>');
});

test('a slow network keeps the order and delays each way', async () => {
  const client = await aClient();
  proxy.slowDown(60);
  const startedAtMs = performance.now();

  client.write('a');
  const first = await response(client);
  const tookMs = performance.now() - startedAtMs;
  proxy.slowDown(0);
  client.write('b');

  expect(first + (await response(client))).toBe('<a><b>');
  // The proxy guarantees a minimum delay of twice 60 ms, whatever the speed of the machine.
  expect(tookMs).toBeGreaterThanOrEqual(119);
});

test('a silent network loses nothing: held bytes arrive after it is healed', async () => {
  const client = await aClient();
  proxy.fallSilent();

  client.write('lost?');
  const late = await aClient();
  late.write('too?');
  await untilServerHasCaughtUp();
  const receivedWhileSilent = received;
  proxy.heal();

  expect(await response(client)).toBe('<lost?>');
  expect(await response(late)).toBe('<too?>');
  expect(receivedWhileSilent).toBe('');
});

test('a reset ends every open connection and serves new ones', async () => {
  const client = await aClient();
  client.write('x');
  await response(client);

  const cut = proxy.resetConnections();
  const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
  const next = await aClient();
  next.write('y');

  expect([cut, error.code, await response(next)]).toEqual([1, 'ECONNRESET', '<y>']);
});

test('a refusing network cuts old and new connections until it is healed', async () => {
  const client = await aClient();
  const ended = closed(client);
  proxy.refuse();
  await ended;

  await closed(connectTo(proxy.address));
  proxy.heal();
  const healed = await aClient();
  healed.write('z');

  expect(await response(healed)).toBe('<z>');
});

test('resets a connection once, after the given number of request bytes', async () => {
  const client = await aClient();
  proxy.resetAfterRequestBytes(4);

  client.write('abcdefgh');
  await closed(client);
  const next = await aClient();
  next.write('whole');

  expect(await response(next)).toBe('<whole>');
  expect(received).toBe('abcdwhole');
});

test("replaces a broker's address in complete responses, however they are split into chunks", async () => {
  const reply = (port: number): Buffer => {
    const body = Buffer.concat([Buffer.from('x1127.0.0.1'), int32(port), Buffer.from('tail1')]);
    return Buffer.concat([int32(body.length), body]);
  };
  const broker = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      const bytes = Buffer.concat([reply(port), reply(port)]);
      for (const byte of bytes) socket.write(Buffer.from([byte]));
    });
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const { port } = broker.address() as AddressInfo;
  const kafka = await TcpProxy.open({ target: `127.0.0.1:${port}`, protocol: 'kafka' });
  const client = connectTo(kafka.address);

  client.write('?');
  const expected = Buffer.concat([reply(Number(kafka.address.split(':')[1])), reply(portOf(kafka))]);
  const bytes = await read(client, expected.length);
  await kafka.close();
  broker.close();

  expect(bytes.equals(expected)).toBe(true);
});

function portOf({ address }: TcpProxy): number {
  return Number(address.split(':')[1]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function closed(client: Socket): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}

function connectTo(address: string): Socket {
  const client = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

async function aClient(): Promise<Socket> {
  const client = connectTo(proxy.address);
  await once(client, 'connect');
  return client;
}

async function response(client: Socket): Promise<string> {
  let text = '';
  while (!text.endsWith('>')) text += String(((await once(client, 'data')) as [Buffer])[0]);
  return text;
}

async function read(client: Socket, length: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < length) bytes = Buffer.concat([bytes, ((await once(client, 'data')) as [Buffer])[0]]);
  return bytes;
}

/**
 * Connects without the proxy. When the server sees this connection, bytes that the proxy had forwarded earlier would
 * have arrived.
 */
async function untilServerHasCaughtUp(): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const witness = connectTo(`127.0.0.1:${port}`);
  witness.write('');
  const accepted = once(server, 'connection');
  await Promise.all([once(witness, 'connect'), accepted]);
}
