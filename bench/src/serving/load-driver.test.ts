import { Server, ServerCredentials } from '@grpc/grpc-js';
import { createServer } from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { featuresV1 } from '@fraudflow/contracts';
import { afterEach, expect, test } from 'vitest';
import { httpPost } from './http1-connection.js';
import { grpcMessage, Http2Connection } from './http2-connection.js';
import { runLoad } from './load.js';
import { LoadDriver } from './load-driver.js';

const { getOnlineFeatures } = featuresV1.FeatureStoreServiceService;
const closing: (() => void)[] = [];

afterEach(() => closing.splice(0).forEach((close) => close()));

/** A grpc-js server whose response has as many values as the request has rows; a request without rows is an error. */
async function grpcServer(): Promise<{ readonly port: number; readonly seen: string[] }> {
  const server = new Server();
  const seen: string[] = [];
  server.addService(
    { getOnlineFeatures },
    {
      getOnlineFeatures: (
        call: { readonly request: featuresV1.GetOnlineFeaturesRequest },
        answer: (error: { code: number } | null, response?: featuresV1.GetOnlineFeaturesResponse) => void,
      ) => {
        const { rows, featureService } = call.request;
        seen.push(featureService);
        if (rows.length === 0) return answer({ code: 3 });
        const row = { values: Array.from({ length: 15 }, (_, i) => i) };
        answer(null, featuresV1.GetOnlineFeaturesResponse.fromPartial({ rows: rows.map(() => row) }));
      },
    },
  );
  closing.push(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    const listening = (error: Error | null, bound: number): void => (error ? reject(error) : resolve(bound));
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), listening);
  });
  return { port, seen };
}

function request(rows: number): Buffer {
  const row = { customerId: 'c1', terminalId: 't1' };
  const message = { featureService: 'fraud', rows: Array.from({ length: rows }, () => row) };
  return grpcMessage(getOnlineFeatures.requestSerialize(featuresV1.GetOnlineFeaturesRequest.fromPartial(message)));
}

test('many calls share one connection, also when together they exceed its window', async () => {
  const { port, seen } = await grpcServer();
  const connection = new Http2Connection(port, getOnlineFeatures.path);
  closing.push(() => connection.close());

  await Promise.all(Array.from({ length: 200 }, () => connection.call(request(500))));

  expect(seen).toEqual(Array.from({ length: 200 }, () => 'fraud'));
});

test('a call with an error status has failed', async () => {
  const { port } = await grpcServer();
  const connection = new Http2Connection(port, getOnlineFeatures.path);
  closing.push(() => connection.close());

  await expect(connection.call(request(0))).rejects.toThrow('error instead of a response');
  await expect(connection.call(request(1))).resolves.toBeUndefined();
});

test('if a connection cannot be made, its calls fail', async () => {
  const connection = new Http2Connection(1, getOnlineFeatures.path);

  await expect(connection.call(request(1))).rejects.toMatchObject({ kind: 'unavailable' });
});

test('a closed loop counts the responses during the measurement', async () => {
  const { port, seen } = await grpcServer();
  const phases: string[] = [];
  let seenAtBegin = 0;

  const report = await runLoad(
    {
      port,
      protocol: { kind: 'grpc', path: getOnlineFeatures.path },
      requests: [request(1)],
      pace: { kind: 'closed', callers: 10 },
      warmUpMs: 20,
      measuredMs: 50,
    },
    (phase) => {
      phases.push(phase);
      if (phase === 'begin') seenAtBegin = seen.length;
    },
  );

  expect(phases).toEqual(['begin', 'end']);
  expect(report.calls).toBe(seen.length - seenAtBegin);
  expect(report.p50Ms).toBeLessThanOrEqual(report.p99Ms);
});

test('HTTP responses are read completely, also in chunks, and any status other than 200 fails', async () => {
  let requests = 0;
  const server = createServer((asked, answer) => {
    requests++;
    if (asked.url !== '/get-online-features') return void answer.writeHead(404).end('{}');
    answer.writeHead(200, { 'content-length': '100000' });
    answer.write('x'.repeat(40_000));
    setImmediate(() => answer.end('x'.repeat(60_000)));
  });
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const job = {
    port,
    protocol: { kind: 'http' as const },
    pace: { kind: 'closed' as const, callers: 3 },
    warmUpMs: 0,
    measuredMs: 30,
  };
  const ignore = (): void => undefined;

  const report = await runLoad({ ...job, requests: [httpPost('/get-online-features', '{}')] }, ignore);

  // A warm-up of length zero makes no call.
  expect(report.calls).toBe(requests);
  await expect(runLoad({ ...job, requests: [httpPost('/nowhere', '{}')] }, ignore)).rejects.toThrow('404');
});

test('at a steady rate all calls are made, and the time that a call waits for another one counts', async () => {
  const waiting: (() => void)[] = [];
  let requests = 0;
  const server = createServer((_, answer) => {
    requests++;
    // The first responses arrive together: calls that were due in between did not wait for them.
    waiting.push(() => answer.writeHead(200, { 'content-length': '2' }).end('{}'));
    if (requests >= 10) waiting.splice(0).forEach((end) => end());
  });
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const job = { port, protocol: { kind: 'http' as const }, requests: [httpPost('/get-online-features', '{}')] };

  const pace = { kind: 'open', callsPerSecond: 1_000 } as const;
  const report = await runLoad({ ...job, pace, warmUpMs: 0, measuredMs: 50 }, () => undefined);

  expect(report.calls).toBe(50);
  expect(requests).toBe(50);
  const beyond = runLoad(
    { ...job, requests: [Buffer.from('no HTTP\r\n\r\n')], pace, warmUpMs: 0, measuredMs: 50 },
    () => undefined,
  );
  await expect(beyond).rejects.toMatchObject({ kind: 'unavailable' });
});

test('the error of a driver that ends early has its exit code and its last output', async () => {
  const script = join(mkdtempSync(join(tmpdir(), 'load-driver-')), 'driver.mjs');
  writeFileSync(script, "process.on('message', () => process.stderr.write('out of luck', () => process.exit(7)));");
  const driver = new LoadDriver(script);
  const job = { port: 1, protocol: { kind: 'http' }, requests: [], warmUpMs: 0, measuredMs: 0 } as const;
  const pace = { kind: 'closed', callers: 1 } as const;

  await expect(driver.run({ ...job, pace }, process.pid)).rejects.toThrow('ended early with exit code 7: out of luck');
  await expect(driver.run({ ...job, pace }, process.pid)).rejects.toThrow('out of luck');
  await driver.close();
});
