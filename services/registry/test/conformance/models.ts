import { expect, test } from 'vitest';
import type { TestRegistry } from './a-registry.js';
import { absent, invalid, point, taken } from './expectations.js';

export function describeModels(given: () => TestRegistry): void {
  test('concurrently created versions get different numbers, and a deleted number is not used again', async () => {
    const { versions, aModel, aVersion } = given();
    await aModel('fraud');

    const made = await Promise.all(Array.from({ length: 8 }, () => aVersion('fraud')));
    await versions.delete('fraud', 8, 'ann');
    const next = await aVersion('fraud');

    expect(made.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(next.version).toBe(9);
    await expect(versions.get('fraud', 8)).rejects.toMatchObject(absent);
  });
}

export function describeModelVersions(given: () => TestRegistry): void {
  test('deleting a version changes when its model was last changed', async () => {
    const { aModel, aVersion, clock, models, versions } = given();
    await aModel('m');
    await aVersion('m');
    clock.advance(7);

    await versions.delete('m', 1, 'ann');

    expect((await models.get('m')).updatedAtMs).toBe(clock.nowMs());
  });
}

export function describePercentNames(given: () => TestRegistry): void {
  test.each(['recall 100%', 'a%20b', '%zz', 'm%6fdel'])('a version of a model named %s can be copied', async (name) => {
    const { aModel, aVersion } = given();
    await aModel('copies');
    await aModel('a b');
    await aModel('model');
    await aModel(name);
    await aVersion('a b', 's3://wrong/model');
    await aVersion('model', 's3://wrong/model');
    await aVersion(name, 's3://right/model');

    const copy = await aVersion('copies', `models:/${name}/1`);

    expect(copy).toMatchObject({ source: `models:/${name}/1`, storageLocation: 's3://right/model' });
  });
}

export function describeVersionChanges(given: () => TestRegistry): void {
  test('a change of the description keeps the stage, and a transition keeps the description', async () => {
    const { aModel, aVersion, stages, versions } = given();
    await aModel('m');
    await aVersion('m');

    await stages.transition({ name: 'm', version: 1, stage: 'Production', archiveExisting: false }, 'ann');
    const described = await versions.describe('m', 1, 'text', 'ann');
    const moved = await stages.transition({ name: 'm', version: 1, stage: 'Staging', archiveExisting: false }, 'ann');

    expect(described).toMatchObject({ stage: 'Production', description: 'text' });
    expect(moved).toMatchObject({ stage: 'Staging', description: 'text' });
    await expect(versions.describe('m', 2, '', 'ann')).rejects.toMatchObject(absent);
    await expect(versions.setTag('none', 1, { key: 'k', value: '' }, 'ann')).rejects.toMatchObject(absent);
  });

  test('a model name can be used once', async () => {
    const { aModel, models } = given();
    await aModel('fraud');
    await aModel('other');

    await expect(aModel('fraud')).rejects.toMatchObject(taken);
    await expect(models.rename('other', 'fraud', 'ann')).rejects.toMatchObject(taken);
  });

  test('renaming moves versions, tags and aliases', async () => {
    const { aModel, aVersion, aliases, models, versions } = given();
    await aModel('old', [{ key: 'k', value: 'v' }]);
    await aVersion('old');
    await aliases.set('old', 'champion', 1, 'ann');

    const renamed = await models.rename('old', 'new', 'ann');

    expect(renamed).toMatchObject({ tags: [{ key: 'k', value: 'v' }], aliases: [{ alias: 'champion', version: 1 }] });
    expect((await versions.get('new', 1)).aliases).toEqual(['champion']);
    await expect(models.get('old')).rejects.toMatchObject(absent);
  });

  test('a search for models that are not prompts also finds models without the prompt tag', async () => {
    const { aModel, models } = given();
    await aModel('plain');
    await aModel('prompt', [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]);
    const names = async (filter: string): Promise<string[]> =>
      (await models.search({ filter, maxResults: 10 })).items.map(({ name }) => name);

    expect(await names("tags.`mlflow.prompt.is_prompt` != 'true'")).toEqual(['plain']);
    expect(await names("tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual(['prompt']);
    expect(await names("tags.other != 'x'")).toEqual([]);
    expect(await names("name ILIKE 'P%'")).toEqual(['plain', 'prompt']);
  });
}

export function describeModelSearch(given: () => TestRegistry): void {
  test('versions are found in the order of their last change, newest first, or by number', async () => {
    const { aModel, aVersion, versions } = given();
    await aModel('m');
    for (let i = 0; i < 3; i++) await aVersion('m', `s3://bucket/${i}`);
    await versions.setTag('m', 2, { key: 'gate', value: 'passed' }, 'ann');
    const numbers = async (filter: string, orderBy: string[] = []): Promise<number[]> =>
      (await versions.search({ filter, orderBy, maxResults: 10 })).items.map(({ version }) => version);

    expect(await numbers("name = 'm'")).toEqual([3, 2, 1]);
    expect(await numbers('version_number >= 2', ['version_number ASC'])).toEqual([2, 3]);
    expect(await numbers("tags.gate = 'passed'")).toEqual([2]);
    expect(await numbers("source_path LIKE '%/0'")).toEqual([1]);
  });
}

export function describeStagesAndAliases(given: () => TestRegistry): void {
  test('a transition may archive the other versions of the stage', async () => {
    const { aModel, aVersion, stages, versions } = given();
    await aModel('m');
    for (let i = 0; i < 3; i++) await aVersion('m');
    await stages.transition({ name: 'm', version: 1, stage: 'production', archiveExisting: false }, 'ann');

    await stages.transition({ name: 'm', version: 2, stage: 'PRODUCTION', archiveExisting: true }, 'ann');

    expect((await versions.get('m', 1)).stage).toBe('Archived');
    expect((await versions.get('m', 2)).stage).toBe('Production');
    expect((await stages.latest('m', [])).map(({ version, stage }) => `${version} ${stage}`)).toEqual([
      '1 Archived',
      '2 Production',
      '3 None',
    ]);
    expect(await stages.latest('m', ['staging'])).toEqual([]);
  });

  test('stages that do not exist, and archiving for a stage that is not active, are refused', async () => {
    const { aModel, aVersion, stages } = given();
    await aModel('m');
    await aVersion('m');
    const move = { name: 'm', version: 1, archiveExisting: false };

    await expect(stages.transition({ ...move, stage: 'nowhere' }, 'ann')).rejects.toMatchObject(invalid);
    await expect(stages.transition({ ...move, stage: 'Archived', archiveExisting: true }, 'ann')).rejects.toMatchObject(
      invalid,
    );
    await expect(stages.transition({ ...move, version: 9, stage: 'Staging' }, 'ann')).rejects.toMatchObject(absent);
  });

  test('an alias can be moved, is deleted with its version, and is unknown afterwards', async () => {
    const { aModel, aVersion, aliases, models, versions } = given();
    await aModel('m');
    await aVersion('m');
    await aVersion('m');
    await aliases.set('m', 'champion', 1, 'ann');

    await aliases.set('m', 'champion', 2, 'ann');
    const holder = await aliases.resolve('m', 'champion');
    await versions.delete('m', 2, 'ann');

    expect(holder).toMatchObject({ version: 2, aliases: ['champion'] });
    expect((await models.get('m')).aliases).toEqual([]);
    await expect(aliases.resolve('m', 'champion')).rejects.toMatchObject(invalid);
    await expect(aliases.resolve('none', 'champion')).rejects.toMatchObject(absent);
    await expect(aliases.set('m', 'champion', 9, 'ann')).rejects.toMatchObject(absent);
    await expect(aliases.set('m', 'Latest', 1, 'ann')).rejects.toMatchObject(invalid);
    await aliases.delete('m', 'never set', 'ann');
  });
}

export function describeLoggedModels(given: () => TestRegistry): void {
  test('a version created from a logged model has its folder and run, and the model lists the version', async () => {
    const { aLoggedModel, aModel, aRun, aVersion, loggedModels } = given();
    const runId = await aRun();
    const logged = await aLoggedModel('model', runId);
    await aModel('fraud');

    const version = await aVersion('fraud', `models:/${logged.modelId}`);
    const copy = await aVersion('fraud', 'models:/fraud/1');

    expect(version).toMatchObject({ source: `models:/${logged.modelId}`, storageLocation: logged.artifactUri, runId });
    expect(copy.storageLocation).toBe(logged.artifactUri);
    const seen = await loggedModels.get(logged.modelId, false);
    expect(seen.registrations).toEqual([
      { name: 'fraud', version: 1 },
      { name: 'fraud', version: 2 },
    ]);
    expect(seen.tags.find(({ key }) => key === 'mlflow.modelVersions')?.value).toBe(
      '[{"name": "fraud", "version": 1}, {"name": "fraud", "version": 2}]',
    );
  });

  test('metrics of a run that name a model also belong to the model and can be searched by data set', async () => {
    const { aLoggedModel, aRun, loggedModels, logging } = given();
    const runId = await aRun();
    const [good, bad] = [await aLoggedModel('good'), await aLoggedModel('bad')];
    const auc = (modelId: string, value: number, datasetName?: string) => ({
      ...point('auc', value),
      modelId,
      datasetName,
    });
    await logging.logMetric(runId, auc(good.modelId, 0.9, 'holdout'));
    await logging.logMetric(runId, auc(bad.modelId, 0.95, 'training'));
    const found = async (filter: string, datasets: { name: string }[] = []): Promise<string[]> =>
      (await loggedModels.search({ filter, datasets, maxResults: 10 }, ['0'])).items.map(({ name }) => name);

    expect(await found('metrics.auc > 0.8')).toEqual(['bad', 'good']);
    expect(await found('metrics.auc > 0.8', [{ name: 'holdout' }])).toEqual(['good']);
    expect(await found('', [{ name: 'holdout' }])).toEqual(['good']);
    expect(await found('', [{ name: 'holdout' }, { name: 'training' }])).toEqual(['bad', 'good']);
    expect(await found("name = 'bad'", [{ name: 'holdout' }])).toEqual([]);
    expect((await loggedModels.get(good.modelId, false)).metrics).toMatchObject([{ key: 'auc', value: 0.9, runId }]);
    await expect(logging.logMetric(runId, auc('m-none', 1))).rejects.toMatchObject(absent);
  });

  test('a deleted logged model is found only on request', async () => {
    const { aLoggedModel, loggedModels } = given();
    const { modelId } = await aLoggedModel('model');
    await loggedModels.finish(modelId, 'READY');
    await loggedModels.delete(modelId, 'ann');

    await expect(loggedModels.get(modelId, false)).rejects.toMatchObject(absent);
    expect(await loggedModels.get(modelId, true)).toMatchObject({ status: 'READY', isDeleted: true });
    expect((await loggedModels.search({ maxResults: 10 }, ['0'])).items).toEqual([]);
  });
}

export function describeJournal(given: () => TestRegistry): void {
  test('each change of a version adds an entry to the audit log, newest first', async () => {
    const { aModel, aVersion, stages, aliases, store } = given();
    await aModel('m');
    await aVersion('m');
    await stages.transition({ name: 'm', version: 1, stage: 'Staging', archiveExisting: false }, 'bob');
    await aliases.set('m', 'champion', 1, 'eve');

    const history = await store.read((unit) => unit.journal.history('model_version', 'm/1', 10));

    expect(history.map(({ actor, action, detail }) => ({ actor, action, detail }))).toEqual([
      { actor: 'eve', action: 'alias_set', detail: { alias: 'champion', from_version: null, to_version: 1 } },
      { actor: 'bob', action: 'stage_changed', detail: { from: 'None', to: 'Staging' } },
      { actor: 'ann', action: 'created', detail: { source: 's3://bucket/model' } },
    ]);
  });
}
