import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RegistryClient } from './registry-client.js';

let server: Server;
let client: RegistryClient;
let answer: (request: IncomingMessage, body: string) => { status: number; body: unknown };

beforeEach(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, body } = answer(request, Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new RegistryClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 2_000);
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

test('an experiment that does not exist is created', async () => {
  const seen: string[] = [];
  answer = (request) => {
    seen.push(`${request.method} ${request.url}`);
    return request.method === 'GET'
      ? { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no' } }
      : { status: 200, body: { experiment_id: '7' } };
  };

  expect(await client.ensureExperiment('fraud')).toBe('7');
  expect(seen).toEqual([
    'GET /api/2.0/mlflow/experiments/get-by-name?experiment_name=fraud',
    'POST /api/2.0/mlflow/experiments/create',
  ]);
});

test('a model that is unknown has no latest version', async () => {
  answer = () => ({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no' } });

  expect(await client.latestVersion('fraud_detector', 'Production')).toBeUndefined();
});

test('infinite metrics are sent as strings', async () => {
  let sent: unknown;
  answer = (_request, body) => {
    sent = JSON.parse(body);
    return { status: 200, body: {} };
  };

  await client.logBatch('r1', { metrics: [{ key: 'm', value: Number.NaN }] }, 5);

  expect(sent).toMatchObject({ metrics: [{ key: 'm', value: 'NaN', timestamp: 5, step: 0 }] });
});

test('the error for an unreachable registry is unavailable and names its address', async () => {
  const away = new RegistryClient('http://127.0.0.1:1', 500);

  await expect(away.isAlive()).rejects.toMatchObject({ kind: 'unavailable', message: /127\.0\.0\.1:1/ });
});

test('an artifact outside the registry is refused before any call', async () => {
  await expect(client.getArtifact('file:///etc/passwd')).rejects.toMatchObject({ code: 'ARTIFACT_URI_INVALID' });
});

test('fields that a server leaves out of a version or a run have defaults', async () => {
  answer = (request) =>
    request.url?.includes('/runs/') === true
      ? {
          status: 200,
          body: { run: { info: { run_id: 'r1', experiment_id: '1', artifact_uri: 'mlflow-artifacts:/1' } } },
        }
      : { status: 200, body: { model_version: { name: 'fraud', version: '3', creation_timestamp: '12' } } };

  expect(await client.getModelVersion('fraud', '3')).toEqual({
    name: 'fraud',
    version: '3',
    current_stage: 'None',
    run_id: '',
    source: '',
    status: 'READY',
    tags: [],
    creation_timestamp: 12,
  });
  expect(await client.getRun('r1')).toEqual({
    info: { run_id: 'r1', experiment_id: '1', artifact_uri: 'mlflow-artifacts:/1', status: 'RUNNING' },
    data: { metrics: [], params: [], tags: [] },
  });
});
