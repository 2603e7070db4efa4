import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultStack } from './faults/fault-stack.js';
import { readOnline } from './faults/online-reader.js';
import { expectationsOf, sendTransactions } from './faults/stream.js';
import { recordCount } from './running-system.js';
import { simulate } from './traffic.js';
import { waitFor } from './wait-for.js';

const LIMIT_MS = 120_000;
const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'fraudflow-tls-'));
const CERTIFICATE = join(folder, 'certificate.pem');
const KEY = join(folder, 'key.pem');
const rows = simulate(3, 40, 60, 5);
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
let stack: FaultStack;

beforeAll(async () => {
  if (!HAS_OPENSSL) return;
  makeCertificate();
  stack = await FaultStack.start();
  closing.push(() => stack.stop());
}, LIMIT_MS);

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

test.runIf(HAS_OPENSSL)(
  'the feature store writes and reads its state in a Redis with TLS',
  async () => {
    const tls = await encryptedDoor(new URL(stack.servers.addresses.redisUrl).host);
    const worker = await stack.startWorker('encrypted', {
      redisUrl: encrypted(tls.port),
      env: { NODE_EXTRA_CA_CERTS: CERTIFICATE },
    });

    await sendTransactions(stack.producer, rows);
    const isOut = (count: number): boolean => count >= rows.length;
    await waitFor('features on the topic', () => recordCount(stack.bus, 'features'), isOut, LIMIT_MS);

    const reading = () => readOnline(worker, rows.slice(-20), expectationsOf(rows));
    expect(await waitFor('state to be read', reading, (found) => found !== 'refused', LIMIT_MS)).toBe('exact');
    // Writes and reads have at least one connection each.
    expect(tls.connections()).toBeGreaterThanOrEqual(2);
  },
  LIMIT_MS,
);

test.runIf(HAS_OPENSSL)(
  'a Redis with an untrusted certificate is refused, and the log states the reason',
  async () => {
    const tls = await encryptedDoor(new URL(stack.servers.addresses.redisUrl).host);

    const starting = stack.startWorker('distrusting', { redisUrl: encrypted(tls.port) });

    await expect(starting).rejects.toThrow(/certificate/);
  },
  LIMIT_MS,
);

/** The address of the stack's Redis with its account and password, through the encrypted port. */
function encrypted(port: number): string {
  const { username, password } = new URL(stack.servers.addresses.redisUrl);
  return `rediss://${username}:${password}@localhost:${port}`;
}

function makeCertificate(): void {
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const names = ['-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...request, ...names, '-keyout', KEY, '-out', CERTIFICATE], { stdio: 'ignore' });
}

/** Terminates TLS connections and forwards their bytes to `host:port`. */
async function encryptedDoor(target: string): Promise<{ readonly port: number; connections(): number }> {
  const [host, port] = target.split(':');
  let count = 0;
  const server = createServer({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) }, (socket) => {
    count++;
    const redis = connect({ host: String(host), port: Number(port) });
    const end = (): void => {
      socket.destroy();
      redis.destroy();
    };
    for (const side of [socket, redis]) side.on('error', end).on('close', end);
    socket.pipe(redis).pipe(socket);
    closing.push(end);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, 'localhost');
  closing.push(() => server.close());
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, connections: () => count };
}
