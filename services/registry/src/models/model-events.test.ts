import { modelEventSchema } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { aRegistry } from '../../test/conformance/a-registry.js';
import { InMemoryRegistryStore } from '../../test/memory/in-memory-registry-store.js';

const aStore = () => {
  const store = new InMemoryRegistryStore();
  const registry = aRegistry(store);
  const spelled = (): string[] =>
    store.announced.map(({ kind, model_name, model_version, alias, from_stage, to_stage }) =>
      [kind, `${model_name}/${model_version}`, alias, from_stage && `from ${from_stage}`, to_stage && `to ${to_stage}`]
        .filter((part) => part !== undefined)
        .join(' '),
    );
  return { ...registry, announced: () => store.announced, spelled };
};

test('every change of a version, stage or alias is published, with numbers without gaps', async () => {
  const { aModel, aVersion, stages, aliases, versions, announced, spelled } = aStore();
  await aModel('m');
  await aVersion('m');
  await aVersion('m');
  await stages.transition({ name: 'm', version: 1, stage: 'Production', archiveExisting: false }, 'ann');
  await stages.transition({ name: 'm', version: 2, stage: 'Production', archiveExisting: true }, 'ann');
  await aliases.set('m', 'champion', 2, 'ann');
  await aliases.delete('m', 'champion', 'ann');
  await aliases.set('m', 'blue', 1, 'ann');
  await versions.delete('m', 1, 'ann');

  expect(spelled()).toEqual([
    'version_created m/1 to None',
    'version_created m/2 to None',
    'stage_changed m/1 from None to Production',
    'stage_changed m/1 from Production to Archived',
    'stage_changed m/2 from None to Production',
    'alias_set m/2 champion',
    'alias_deleted m/2 champion',
    'alias_set m/1 blue',
    'alias_deleted m/1 blue',
    'version_deleted m/1 from Archived',
  ]);
  expect(announced().map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(new Set(announced().map(({ event_id }) => event_id)).size).toBe(10);
  for (const event of announced()) expect(modelEventSchema.parse(event)).toEqual(event);
});

test('calls that change nothing and calls that fail publish no event', async () => {
  const { aModel, aVersion, stages, aliases, announced } = aStore();
  await aModel('m');
  await aVersion('m');
  const before = announced().length;

  await stages.transition({ name: 'm', version: 1, stage: 'None', archiveExisting: false }, 'ann');
  await aliases.delete('m', 'never', 'ann');
  await expect(aliases.set('m', 'champion', 9, 'ann')).rejects.toMatchObject({ kind: 'not_found' });

  expect(announced()).toHaveLength(before);
});

test('a rename is published as a deletion of the old name and a creation of the new one', async () => {
  const { aModel, aVersion, stages, aliases, models, spelled } = aStore();
  await aModel('old');
  await aVersion('old');
  await stages.transition({ name: 'old', version: 1, stage: 'Production', archiveExisting: false }, 'ann');
  await aliases.set('old', 'champion', 1, 'ann');

  await models.rename('old', 'new', 'ann');

  expect(spelled().slice(3)).toEqual([
    'alias_deleted old/1 champion',
    'version_deleted old/1 from Production',
    'version_created new/1 to None',
    'stage_changed new/1 from None to Production',
    'alias_set new/1 champion',
  ]);
});
