import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelEvent } from '@fraudflow/contracts';
import { unavailable } from '@fraudflow/core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ModelEventPublisher } from '../src/journal/model-event-publisher.port.js';
import { type RunningRegistry, startRegistry } from '../src/start.js';
import { aRegistryContext } from './a-registry-context.js';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

// Real: HTTP, Postgres, the artifact folder. Faked: the log of model events.
class FakeLog extends ModelEventPublisher {
  readonly events: ModelEvent[] = [];
  isAway = false;
  losesAnswers = false;

  override async publish(events: readonly ModelEvent[]): Promise<void> {
    if (this.isAway) throw unavailable('no broker');
    this.events.push(...events);
    if (this.losesAnswers) throw unavailable('outcome unknown');
  }
}

const MAX_ARTIFACT_BYTES = 64 * 1024 * 1024;

let postgres: TestPostgres;
let folder: string;
let log: FakeLog;
let registry: RunningRegistry;
let schema: string;

const start = (): Promise<RunningRegistry> =>
  startRegistry(
    aRegistryContext({
      FRAUDFLOW_POSTGRES_URL: postgres.url.reveal(),
      FRAUDFLOW_POSTGRES_POOL_SIZE: '4',
      FRAUDFLOW_REGISTRY_SCHEMA: schema,
      FRAUDFLOW_REGISTRY_ARTIFACT_FOLDER: folder,
      FRAUDFLOW_REGISTRY_MAX_ARTIFACT_BYTES: String(MAX_ARTIFACT_BYTES),
      FRAUDFLOW_REGISTRY_UPLOAD_IDLE_TIMEOUT: '10s',
      FRAUDFLOW_REGISTRY_STATEMENT_TIMEOUT: '20s',
      FRAUDFLOW_REGISTRY_OUTBOX_POLL: '5ms',
    }),
    log,
  );

beforeAll(async () => {
  postgres = await startTestPostgres();
  schema = postgres.newSchema();
  folder = await mkdtemp(join(tmpdir(), 'registry-artifacts-'));
  log = new FakeLog();
  registry = await start();
}, 120_000);

afterAll(async () => {
  await registry.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

let name: string;
beforeEach(async () => {
  name = `model-${randomBytes(4).toString('hex')}`;
  await post('registered-models/create', { name });
});

const credentials = `Basic ${Buffer.from('ann:secret').toString('base64')}`;

async function post(
  path: string,
  message: object,
  method = 'POST',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${registry.url}/api/2.0/mlflow/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: credentials },
    body: JSON.stringify(message),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const createVersion = () => post('model-versions/create', { name, source: 's3://bucket/model' });
const fileUrl = (path: string): string => `${registry.url}/api/2.0/mlflow-artifacts/artifacts/${path}`;
const published = (): ModelEvent[] => log.events.filter((event) => event.model_name === name);

test('a stage change is published with actor, version and stages', async () => {
  await createVersion();
  await post('model-versions/transition-stage', { name, version: '1', stage: 'production' });

  await vi.waitFor(() => expect(published()).toHaveLength(2));

  expect(published()[1]).toMatchObject({
    kind: 'stage_changed',
    model_version: '1',
    from_stage: 'None',
    to_stage: 'Production',
    download_uri: 's3://bucket/model',
    actor: 'ann',
  });
});

test('while the log is unavailable the registry works; afterwards the events are published once and in order', async () => {
  log.isAway = true;
  await createVersion();
  const moved = await post('model-versions/transition-stage', { name, version: '1', stage: 'Staging' });
  await post('registered-models/alias', { name, alias: 'champion', version: '1' });

  log.isAway = false;
  await vi.waitFor(() => expect(published()).toHaveLength(3), { timeout: 15_000 });

  expect(moved.status).toBe(200);
  expect(published().map(({ kind }) => kind)).toEqual(['version_created', 'stage_changed', 'alias_set']);
});

test('an event with an unknown outcome is published again with the same id', async () => {
  log.losesAnswers = true;
  await createVersion();
  await vi.waitFor(() => expect(published().length).toBeGreaterThan(1));
  log.losesAnswers = false;

  await vi.waitFor(
    async () => expect(await (await fetch(`${registry.url}/ready`)).text()).toContain('0 model events wait'),
    {
      timeout: 15_000,
    },
  );

  expect(new Set(published().map(({ event_id }) => event_id)).size).toBe(1);
  expect(new Set(published().map(({ sequence }) => sequence)).size).toBe(1);
});

test('events that a dead process left are published after the next start', async () => {
  log.isAway = true;
  await createVersion();
  await registry.stop();
  log.isAway = false;
  registry = await start();

  await vi.waitFor(() => expect(published()).toHaveLength(1));
});

test('artifacts larger than any body limit are streamed, for any content type', async () => {
  const bytes = randomBytes(40 * 1024 * 1024);
  const put = await fetch(fileUrl(`${name}/big.json`), {
    method: 'PUT',
    body: bytes,
    headers: { 'Content-Type': 'application/json' },
  });

  const got = await fetch(fileUrl(`${name}/big.json`));
  const received = Buffer.from(await got.arrayBuffer());

  expect(put.status).toBe(200);
  expect(received.equals(bytes)).toBe(true);
  expect(got.headers.get('x-content-type-options')).toBe('nosniff');
  expect(got.headers.get('etag')).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`);
});

test('concurrent writers of one file leave one complete file with its digest', async () => {
  const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
  await Promise.all(contents.map((body) => fetch(fileUrl(`${name}/contested`), { method: 'PUT', body })));

  const got = await fetch(fileUrl(`${name}/contested`));
  const body = await got.text();

  expect(contents).toContain(body);
  expect(got.headers.get('etag')).toBe(`"${createHash('sha256').update(body).digest('hex')}"`);
});

test.each([
  ['GET', '/nope', undefined, 404, 'ENDPOINT_NOT_FOUND'],
  ['GET', '/%zz', undefined, 400, 'BAD_REQUEST'],
  ['POST', '/api/2.0/mlflow/experiments/create', '{', 400, 'INVALID_PARAMETER_VALUE'],
  ['POST', '/api/2.0/mlflow/experiments/create', '[]', 400, 'INVALID_PARAMETER_VALUE'],
  ['POST', '/api/2.0/mlflow/runs/log-batch', `{"run_id":"${'x'.repeat(1_000_001)}"}`, 400, 'INVALID_PARAMETER_VALUE'],
  ['GET', '/api/2.0/mlflow/runs/get?run_id=none', undefined, 404, 'RESOURCE_DOES_NOT_EXIST'],
  ['GET', '/api/2.0/mlflow-artifacts/artifacts/none', undefined, 404, 'RESOURCE_DOES_NOT_EXIST'],
  ['POST', '/api/2.0/mlflow-artifacts/mpu/create/x', '{}', 501, 'NOT_IMPLEMENTED'],
])('%s %s responds with the error envelope', async (method, path, body, status, code) => {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${registry.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });

  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error_code: code, message: expect.any(String) });
});

test('a JSON call of another content type is refused', async () => {
  const response = await fetch(`${registry.url}/api/2.0/mlflow/experiments/create`, { method: 'POST', body: 'name=x' });

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
});

test('the server identifies itself', async () => {
  expect(await (await fetch(`${registry.url}/health`)).text()).toBe('OK');
  expect(await (await fetch(`${registry.url}/version`)).text()).toMatch(/^\d+\.\d+\.\d+$/);
  expect(await (await fetch(`${registry.url}/metrics`)).text()).toContain('registry_model_events_published_total');
});
