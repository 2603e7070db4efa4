import { expect, test } from 'vitest';
import { aRegistry } from '../../test/conformance/a-registry.js';
import { InMemoryRegistryStore } from '../../test/memory/in-memory-registry-store.js';

async function threeVersions() {
  const registry = aRegistry(new InMemoryRegistryStore());
  await registry.aModel('m');
  for (let version = 0; version < 3; version++) await registry.aVersion('m');
  const promote = (version: number, expectedVersion?: string) =>
    registry.stages.transition(
      {
        name: 'm',
        version,
        stage: 'production',
        archiveExisting: true,
        ...(expectedVersion !== undefined && { expectedVersion }),
      },
      'ann',
    );
  const active = async () => (await registry.stages.latest('m', ['Production'])).map(({ version }) => version);
  return { promote, active };
}

test('a transition with the expected version in the stage replaces it', async () => {
  const { promote, active } = await threeVersions();

  await promote(1, '');
  await promote(2, '1');

  expect(await active()).toEqual([2]);
});

test.each(['1', '', '7', 'x'])(
  'a transition that expects "%s" in the stage changes nothing if it is another one',
  async (expected) => {
    const { promote, active } = await threeVersions();
    await promote(2);

    await expect(promote(3, expected)).rejects.toMatchObject({ kind: 'conflict', code: 'STAGE_HOLDER_CHANGED' });

    expect(await active()).toEqual([2]);
  },
);

test('repeating a successful transition is not a conflict', async () => {
  const { promote, active } = await threeVersions();
  await promote(1);
  await promote(2, '1');

  await promote(2, '1');

  expect(await active()).toEqual([2]);
});

test('of two transitions with the same expectation one succeeds', async () => {
  const { promote, active } = await threeVersions();
  await promote(1);

  const ends = await Promise.allSettled([promote(2, '1'), promote(3, '1')]);

  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await active()).toHaveLength(1);
});
