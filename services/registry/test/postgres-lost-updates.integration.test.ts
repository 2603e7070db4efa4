import { defined } from '@fraudflow/core';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openRegistryDatabase } from '../src/storage/adapters/open-registry-database.js';
import { PostgresRegistryStore } from '../src/storage/adapters/postgres-registry-store.js';
import type { RegistryUnit } from '../src/storage/registry-store.port.js';
import { aRegistry, type TestRegistry } from './conformance/a-registry.js';
import { absent, invalid, point } from './conformance/expectations.js';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

// Real: Postgres, with two transactions that overlap in a known order. Faked: the clock.
let postgres: TestPostgres;
let dataSource: DataSource;
let store: PostgresRegistryStore;
let registry: TestRegistry;

beforeAll(async () => {
  postgres = await startTestPostgres();
}, 120_000);

beforeEach(async () => {
  const options = { url: postgres.url, poolSize: 12, schema: postgres.newSchema(), statementTimeoutMs: 20_000 };
  dataSource = await openRegistryDatabase(options);
  store = new PostgresRegistryStore(dataSource, 4);
  registry = aRegistry(store);
  return () => dataSource.destroy();
});

afterAll(() => postgres.stop());

/**
 * Runs `second` while the transaction of `first` is open, and ends that only when `second` waits for a lock or is done.
 */
async function overlapping<T>(first: (unit: RegistryUnit) => Promise<void>, second: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined;
  await store.write(async (unit) => {
    await first(unit);
    let isDone = false;
    running = second();
    running.then(
      () => (isDone = true),
      () => (isDone = true),
    );
    await vi.waitFor(async () => expect(isDone || (await isWaitingForLock())).toBe(true), {
      timeout: 10_000,
      interval: 5,
    });
  });
  return defined(running, 'the second change');
}

async function isWaitingForLock(): Promise<boolean> {
  const rows: unknown[] = await dataSource.query(
    `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()`,
  );
  return rows.length > 0;
}

test('a description or tag written concurrently with a promotion does not undo the promotion', async () => {
  const { aModel, aVersion, versions } = registry;
  await aModel('m');
  await aVersion('m');
  await aVersion('m');
  const promote = (version: number) => async (unit: RegistryUnit) => {
    await unit.registeredModels.lock('m');
    await unit.modelVersions.moveTo('m', version, 'Production', 5);
  };

  await overlapping(promote(1), () => versions.describe('m', 1, 'text', 'ann'));
  await overlapping(promote(2), () => versions.setTag('m', 2, { key: 'k', value: 'v' }, 'ann'));

  expect(await versions.get('m', 1)).toMatchObject({ stage: 'Production', description: 'text' });
  expect(await versions.get('m', 2)).toMatchObject({ stage: 'Production', tags: [{ key: 'k', value: 'v' }] });
});

test('a promotion concurrent with a description does not undo the description', async () => {
  const { aModel, aVersion, stages, versions } = registry;
  await aModel('m');
  await aVersion('m');
  const describe = async (unit: RegistryUnit): Promise<void> => {
    await unit.registeredModels.lock('m');
    await unit.modelVersions.describe('m', 1, 'text', 5);
  };

  await overlapping(describe, () =>
    stages.transition({ name: 'm', version: 1, stage: 'Production', archiveExisting: true }, 'ann'),
  );

  expect(await versions.get('m', 1)).toMatchObject({ stage: 'Production', description: 'text' });
});

test('a run renamed by its tag while it ends keeps its status and end', async () => {
  const { aRun, logging, runs } = registry;
  const runId = await aRun('first');
  const end = async (unit: RegistryUnit): Promise<void> => {
    await unit.runs.lockInfo(runId);
    await unit.runs.update(runId, { status: 'FINISHED', endedAtMs: 9 });
  };

  await overlapping(end, () => logging.setTag(runId, { key: 'mlflow.runName', value: 'second' }));

  expect((await runs.get(runId)).info).toMatchObject({ status: 'FINISHED', endedAtMs: 9, runName: 'second' });
});

test('a run that is being deleted refuses updates, metrics and its end', async () => {
  const { aRun, logging, runs } = registry;
  const changes: ((runId: string) => Promise<unknown>)[] = [
    (runId) => runs.update({ runId, status: 'FINISHED', endedAtMs: 9 }),
    (runId) => logging.logMetric(runId, point('m', 1)),
    (runId) => logging.setTag(runId, { key: 'mlflow.runName', value: 'x' }),
  ];
  for (const change of changes) {
    const runId = await aRun();
    const remove = async (unit: RegistryUnit): Promise<void> => {
      await unit.runs.lockInfo(runId);
      await unit.runs.moveTo(runId, 'deleted');
    };

    await expect(overlapping(remove, () => change(runId))).rejects.toMatchObject(invalid);
    expect((await runs.get(runId)).info).toMatchObject({ lifecycleStage: 'deleted', status: 'RUNNING' });
  }
});

test('a logged model that is being deleted cannot be finished', async () => {
  const { aLoggedModel, loggedModels } = registry;
  const { modelId } = await aLoggedModel('model');
  const remove = async (unit: RegistryUnit): Promise<void> => {
    await unit.loggedModels.lock(modelId);
    await unit.loggedModels.markDeleted(modelId, 5);
  };

  await expect(overlapping(remove, () => loggedModels.finish(modelId, 'READY'))).rejects.toMatchObject(absent);

  expect(await loggedModels.get(modelId, true)).toMatchObject({ isDeleted: true, status: 'PENDING' });
});

test('an experiment that is being deleted can neither be renamed nor get runs', async () => {
  const { experiments, runs } = registry;
  const changes: ((experimentId: string) => Promise<unknown>)[] = [
    (id) => experiments.rename(id, `renamed ${id}`, 'ann'),
    (id) => experiments.setTag(id, { key: 'k', value: 'v' }),
    (id) => runs.create({ experimentId: id, userId: '', runName: '', startedAtMs: 1, tags: [] }),
  ];
  for (const [index, change] of changes.entries()) {
    const id = await experiments.create({ name: `e${index}`, tags: [] }, 'ann');
    const remove = async (unit: RegistryUnit): Promise<void> => {
      await unit.experiments.lock(id, 'exclusive');
      await unit.experiments.moveTo(id, 'deleted', 5);
    };

    await expect(overlapping(remove, () => change(id))).rejects.toMatchObject(invalid);
    expect(await experiments.get(id)).toMatchObject({ lifecycleStage: 'deleted', name: `e${index}`, tags: [] });
  }
});

test('a tag on a version that is being deleted is refused as unknown', async () => {
  const { aModel, aVersion, versions } = registry;
  await aModel('m');
  await aVersion('m');
  const remove = async (unit: RegistryUnit): Promise<void> => {
    await unit.registeredModels.lock('m');
    await unit.modelVersions.delete('m', 1);
  };

  await expect(
    overlapping(remove, () => versions.setTag('m', 1, { key: 'k', value: 'v' }, 'ann')),
  ).rejects.toMatchObject(absent);
});

test('a violated foreign key means that the parent was deleted', async () => {
  const insert = store.write((unit) => unit.modelVersions.setTag('none', 1, { key: 'k', value: 'v' }));

  await expect(insert).rejects.toMatchObject(absent);
});

test('models logged and versions registered concurrently are all listed', async () => {
  const { aLoggedModel, aModel, aRun, aVersion, logging, loggedModels, runs } = registry;
  const runId = await aRun();
  const { modelId } = await aLoggedModel('model');
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const name of names) await aModel(name);
  const logged = (path: string): string =>
    JSON.stringify({ artifact_path: path, flavors: {}, utc_time_created: '', run_id: runId });

  await Promise.all(names.map((name) => logging.logModel(runId, logged(name))));
  await Promise.all(names.map((name) => aVersion(name, `models:/${modelId}`)));

  const listIn = (tags: readonly { key: string; value: string }[], wanted: string): unknown =>
    JSON.parse(tags.find(({ key }) => key === wanted)?.value ?? '');
  expect(listIn((await runs.get(runId)).tags, 'mlflow.log-model.history')).toHaveLength(names.length);
  expect(listIn((await loggedModels.get(modelId, false)).tags, 'mlflow.modelVersions')).toHaveLength(names.length);
});

test('batches of one run with their keys in opposite orders all succeed', async () => {
  const { aRun, logging } = registry;
  const runId = await aRun();
  const tags = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: 'v' }));
  const metrics = tags.map(({ key }) => point(key, 1));
  const batch = { tags, metrics, params: [] };
  const reversed = { tags: tags.toReversed(), metrics: metrics.toReversed(), params: [] };

  await Promise.all(Array.from({ length: 20 }, (_, i) => logging.logBatch(runId, i % 2 === 0 ? batch : reversed)));
});

test('a write that lost a deadlock is repeated', async () => {
  const { aModel, models } = registry;
  await aModel('a');
  await aModel('b');
  let attempts = 0;
  const arrived = { first: 0, second: 0 };
  const both = (own: 'first' | 'second', names: readonly [string, string]) => async (unit: RegistryUnit) => {
    attempts += 1;
    await unit.registeredModels.lock(names[0]);
    arrived[own] += 1;
    await vi.waitFor(() => expect(arrived.first > 0 && arrived.second > 0).toBe(true), {
      timeout: 10_000,
      interval: 5,
    });
    await unit.registeredModels.lock(names[1]);
    await unit.registeredModels.touch(names[1], 9);
  };

  await Promise.all([store.write(both('first', ['a', 'b'])), store.write(both('second', ['b', 'a']))]);

  expect(attempts).toBe(3);
  expect([(await models.get('a')).updatedAtMs, (await models.get('b')).updatedAtMs]).toEqual([9, 9]);
});
