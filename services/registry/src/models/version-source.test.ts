import { expect, test } from 'vitest';
import { aRegistry } from '../../test/conformance/a-registry.js';
import { InMemoryRegistryStore } from '../../test/memory/in-memory-registry-store.js';

test.each(['s3://bucket/model', 'mlflow-artifacts:/1/models/m-1/artifacts', 'runs:/0123/model', 'http://host/model'])(
  'the source %s is kept as it is',
  async (source) => {
    const { aModel, aVersion } = aRegistry(new InMemoryRegistryStore());
    await aModel('m');

    expect(await aVersion('m', source)).toMatchObject({ source, storageLocation: source });
  },
);

test.each([
  '/etc/passwd',
  'relative/path',
  'file:///etc/passwd',
  'FILE:/etc/passwd',
  's3://bucket/../model',
  's3://bucket/%2e%2e/model',
  's3://bucket/%25252e%25252e/model',
  's3://bucket/a%00b',
])('the source %s is refused', async (source) => {
  const { aModel, aVersion } = aRegistry(new InMemoryRegistryStore());
  await aModel('m');

  await expect(aVersion('m', source)).rejects.toMatchObject({ kind: 'invalid_input' });
});

test('a local source must be inside the folder of the run that it names', async () => {
  const registry = aRegistry(new InMemoryRegistryStore());
  const experimentId = await registry.experiments.create(
    { name: 'local', artifactLocation: '/data/local', tags: [] },
    'ann',
  );
  const draft = { experimentId, userId: '', runName: '', startedAtMs: 1, tags: [] };
  const { runId } = (await registry.runs.create(draft)).info;
  await registry.aModel('m');
  const create = (source: string) =>
    registry.versions.create(
      { name: 'm', source, runId, modelId: undefined, runLink: '', description: '', tags: [] },
      'ann',
    );

  expect((await create(`/data/local/${runId}/artifacts/model`)).version).toBe(1);
  expect((await create(`file:///data/local/${runId}/artifacts/model`)).version).toBe(2);
  await expect(create(`/data/local/${runId}/artifacts-of-others`)).rejects.toMatchObject({ kind: 'invalid_input' });
  await expect(create('/data/local')).rejects.toMatchObject({ kind: 'invalid_input' });
});
