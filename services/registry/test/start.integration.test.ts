// Real: HTTP, Postgres, the artifact folder, Kafka. One test starts without Kafka.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelsEventsTopic } from '@fraudflow/contracts';
import { KafkaBus, readTopic } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { type RunningRegistry, startRegistry } from '../src/start.js';
import { aRegistryContext } from './a-registry-context.js';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

let postgres: TestPostgres;
let folder: string;
let registry: RunningRegistry | undefined;

beforeEach(async () => {
  postgres = await startTestPostgres();
  folder = await mkdtemp(join(tmpdir(), 'registry-artifacts-'));
});

afterEach(async () => {
  await registry?.stop();
  registry = undefined;
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(brokers: readonly string[]): Promise<string> {
  const context = aRegistryContext({
    FRAUDFLOW_KAFKA_BROKERS: brokers.join(','),
    FRAUDFLOW_POSTGRES_URL: postgres.url.reveal(),
    FRAUDFLOW_REGISTRY_SCHEMA: postgres.newSchema(),
    FRAUDFLOW_REGISTRY_ARTIFACT_FOLDER: folder,
    FRAUDFLOW_REGISTRY_OUTBOX_POLL: '5ms',
  });
  registry = await startRegistry(context);
  return registry.url;
}

async function createVersion(url: string, name: string): Promise<number> {
  for (const [path, message] of [
    ['registered-models/create', { name }],
    ['model-versions/create', { name, source: 's3://bucket/model' }],
  ] as const) {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(message) };
    const { status } = await fetch(`${url}/api/2.0/mlflow/${path}`, init);
    if (status !== 200) return status;
  }
  return 200;
}

const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 100 });

test('a new version is published on the declared topic', async () => {
  const bus = new KafkaBus({ brokers: inject('kafkaBrokers'), clientId: 'registry-test', logger: silentLogger });
  const name = `model-${randomBytes(4).toString('hex')}`;
  const url = await start(inject('kafkaBrokers'));

  expect(await createVersion(url, name)).toBe(200);

  await eventually(async () => expect(await kindsOf(bus, name)).toEqual(['version_created']));
  await bus.close();
});

async function kindsOf(bus: KafkaBus, name: string): Promise<unknown[]> {
  const kinds: unknown[] = [];
  for await (const { value } of readTopic(bus.admin, modelsEventsTopic.name, { until: 'end' })) {
    const event = modelsEventsTopic.schema.parse(JSON.parse(String(value)));
    if (event.model_name === name) kinds.push(event.kind);
  }
  return kinds;
}

test('without Kafka the registry starts, works and stops, and its events wait', async () => {
  const url = await start(['127.0.0.1:1']);

  const created = await createVersion(url, 'fraud');
  const ready = await fetch(`${url}/ready`);

  expect(created).toBe(200);
  expect(ready.status).toBe(200);
  expect(await ready.text()).toContain('1 model events wait');
  expect(await (await fetch(`${url}/health`)).text()).toBe('OK');
});
