import { expect, test } from 'vitest';
import type { TestRegistry } from './a-registry.js';
import { absent, invalid, point, taken } from './expectations.js';

export function describeExperiments(given: () => TestRegistry): void {
  test('experiment 0 named Default exists from the start', async () => {
    const found = await given().experiments.get('0');

    expect(found).toMatchObject({ name: 'Default', lifecycleStage: 'active', artifactLocation: 'mlflow-artifacts:/0' });
  });

  test('the name of a deleted experiment remains reserved', async () => {
    const { experiments } = given();
    const id = await experiments.create({ name: 'once', tags: [] }, 'ann');
    await experiments.delete(id, 'ann');

    await expect(experiments.create({ name: 'once', tags: [] }, 'ann')).rejects.toMatchObject(taken);
    await expect(experiments.rename('0', 'once', 'ann')).rejects.toMatchObject(taken);
  });

  test('deleting twice, restoring an active one and unknown ids are refused', async () => {
    const { experiments } = given();
    const id = await experiments.create({ name: 'a', tags: [] }, 'ann');
    await experiments.delete(id, 'ann');

    await expect(experiments.delete(id, 'ann')).rejects.toMatchObject(absent);
    await expect(experiments.restore('0', 'ann')).rejects.toMatchObject(absent);
    await expect(experiments.get('99999')).rejects.toMatchObject(absent);
    await expect(experiments.get('abc')).rejects.toMatchObject(invalid);
  });
}

export function describeExperimentDeletion(given: () => TestRegistry): void {
  test('runs are deleted and restored with their experiment; those deleted before remain deleted', async () => {
    const { experiments, logging, runs } = given();
    const experimentId = await experiments.create({ name: 'gone', tags: [] }, 'ann');
    const create = async (): Promise<string> =>
      (await runs.create({ experimentId, userId: '', runName: '', startedAtMs: 1, tags: [] })).info.runId;
    const [kept, gone] = [await create(), await create()];
    const stageOf = async (runId: string): Promise<string> => (await runs.get(runId)).info.lifecycleStage;
    await runs.delete(gone, 'ann');

    await experiments.delete(experimentId, 'ann');

    expect(await stageOf(kept)).toBe('deleted');
    expect((await runs.search({ maxResults: 10 }, [experimentId], 'ACTIVE_ONLY')).items).toEqual([]);
    await expect(logging.logMetric(kept, point('m', 1))).rejects.toMatchObject(invalid);
    await expect(create()).rejects.toMatchObject(invalid);
    await expect(runs.restore(kept, 'ann')).rejects.toMatchObject(invalid);

    await experiments.restore(experimentId, 'ann');

    expect([await stageOf(kept), await stageOf(gone)]).toEqual(['active', 'deleted']);
    await logging.logMetric(kept, point('m', 1));
  });
}

export function describeExperimentSearch(given: () => TestRegistry): void {
  test('a search returns pages, newest first, and only experiments of the requested view', async () => {
    const { experiments, clock } = given();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      clock.advance(1);
      ids.push(await experiments.create({ name, tags: [{ key: 'team', value: name }] }, 'ann'));
    }
    await experiments.delete(ids[1] ?? '', 'ann');
    const request = { maxResults: 1, filter: "name != 'Default'" };

    const first = await experiments.search(request, 'ACTIVE_ONLY');
    const second = await experiments.search({ ...request, pageToken: first.nextPageToken }, 'ACTIVE_ONLY');
    const deleted = await experiments.search({ maxResults: 10 }, 'DELETED_ONLY');
    const tagged = await experiments.search({ maxResults: 10, filter: "tags.team ILIKE 'C'" }, 'ALL');

    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['c', 'a']);
    expect(second.nextPageToken).toBeUndefined();
    expect(deleted.items.map(({ name }) => name)).toEqual(['b']);
    expect(tagged.items.map(({ name }) => name)).toEqual(['c']);
  });
}

export function describeMetrics(given: () => TestRegistry): void {
  test('a run keeps the latest metric by step, then time, then value, with NaN as zero', async () => {
    const { histories, logging, runs, aRun } = given();
    const runId = await aRun();
    const points = [
      point('m', 1, 1, 5),
      point('m', 9, 0, 9),
      point('m', 3, 1, 5),
      point('m', 7, 1, 4),
      point('m', NaN, 1, 5),
    ];

    for (const metric of points) await logging.logMetric(runId, metric);
    await logging.logMetric(runId, point('m', 3, 1, 5));

    expect((await runs.get(runId)).metrics).toMatchObject([{ key: 'm', value: 3, step: 1, timestampMs: 5 }]);
    const history = await histories.page(runId, 'm', { maxResults: undefined, pageToken: undefined });
    expect(history.items.map(({ value }) => value)).toEqual([7, 1, 3, NaN, 9]);
  });

  test('of several metrics with one key in a batch, the latest one is kept as the latest', async () => {
    const { logging, runs, aRun } = given();
    const runId = await aRun();

    await logging.logBatch(runId, {
      metrics: [point('m', 2, 2), point('m', 3, 3), point('m', 1, 1)],
      params: [],
      tags: [],
    });

    expect((await runs.get(runId)).metrics.map(({ value }) => value)).toEqual([3]);
  });

  test('a batch with one changed param stores nothing', async () => {
    const { logging, runs, aRun } = given();
    const runId = await aRun();
    await logging.logParam(runId, { key: 'a', value: '1' });
    const batch = {
      metrics: [point('m', 1)],
      params: [
        { key: 'b', value: '2' },
        { key: 'a', value: '2' },
      ],
      tags: [{ key: 't', value: '1' }],
    };

    await expect(logging.logBatch(runId, batch)).rejects.toMatchObject(invalid);

    const run = await runs.get(runId);
    expect(run.params).toEqual([{ key: 'a', value: '1' }]);
    expect(run.metrics).toEqual([]);
    expect(run.tags.map(({ key }) => key)).toEqual(['mlflow.runName']);
  });
}

export function describeMetricHistory(given: () => TestRegistry): void {
  test('a metric history continues after the last page, although points were added before it', async () => {
    const { histories, logging, aRun } = given();
    const runId = await aRun();
    for (const time of [10, 20, 30]) await logging.logMetric(runId, point('m', time, 0, time));
    const page = (pageToken?: string) => histories.page(runId, 'm', { maxResults: 2, pageToken });

    const first = await page();
    for (const time of [5, 15]) await logging.logMetric(runId, point('m', time, 0, time));
    const second = await page(first.nextPageToken);

    expect([...first.items, ...second.items].map(({ value }) => value)).toEqual([10, 20, 30]);
    await expect(
      histories.page(runId, 'other', { maxResults: 2, pageToken: first.nextPageToken }),
    ).rejects.toMatchObject(invalid);
  });

  test('histories of several runs are returned in one list, and samples span each history', async () => {
    const { histories, logging, aRun } = given();
    const runIds = [await aRun(), await aRun()].toSorted();
    const points = (count: number) => Array.from({ length: count }, (_, step) => point('m', 10, step));
    for (const [index, runId] of runIds.entries()) {
      await logging.logBatch(runId, { metrics: points(index === 0 ? 10 : 20), params: [], tags: [] });
    }
    const [first = '', second = ''] = runIds;
    const stepsOf = async (maxResults: number, startStep?: number, endStep?: number): Promise<number[][]> => {
      const sampled = await histories.samples({ runIds, key: 'm', startStep, endStep, maxResults });
      return runIds.map((id) => sampled.filter(({ runId }) => runId === id).map(({ step }) => step));
    };

    const all = await histories.bulk([second, first], 'm');

    expect(all.map(({ runId, step }) => [runId, step])).toEqual(
      runIds.flatMap((id, index) => points(index === 0 ? 10 : 20).map(({ step }) => [id, step])),
    );
    expect(await histories.bulk(runIds, 'm', 3)).toHaveLength(3);
    expect(await stepsOf(5)).toEqual([
      [0, 2, 4, 6, 9],
      [0, 4, 8, 12, 19],
    ]);
    expect(await stepsOf(1)).toEqual([[9], [19]]);
    expect(await stepsOf(5, 8, 12)).toEqual([
      [8, 9],
      [8, 9, 10, 11, 12],
    ]);
    await expect(stepsOf(5, 2)).rejects.toMatchObject(invalid);
    await expect(stepsOf(0)).rejects.toMatchObject(invalid);
  });

  test('a metric history is paged', async () => {
    const { histories, logging, aRun } = given();
    const runId = await aRun();
    const metrics = Array.from({ length: 5 }, (_, step) => point('m', step, step, step));
    await logging.logBatch(runId, { metrics, params: [], tags: [] });

    const first = await histories.page(runId, 'm', { maxResults: 3, pageToken: undefined });
    const second = await histories.page(runId, 'm', { maxResults: 3, pageToken: first.nextPageToken });

    expect([...first.items, ...second.items].map(({ value }) => value)).toEqual([0, 1, 2, 3, 4]);
    expect(second.nextPageToken).toBeUndefined();
  });
}

export function describeRuns(given: () => TestRegistry): void {
  test('a change of the name of a run also changes its tag, and vice versa', async () => {
    const { logging, runs, aRun } = given();
    const runId = await aRun('first');
    const nameTag = async (): Promise<string | undefined> =>
      (await runs.get(runId)).tags.find(({ key }) => key === 'mlflow.runName')?.value;

    await runs.update({ runId, runName: 'second' });
    const afterUpdate = await nameTag();
    await logging.setTag(runId, { key: 'mlflow.runName', value: 'third' });

    expect(afterUpdate).toBe('second');
    expect((await runs.get(runId)).info.runName).toBe('third');
    await expect(aRun('x', [{ key: 'mlflow.runName', value: 'y' }])).rejects.toMatchObject(invalid);
  });

  test('a deleted run refuses writes until it is restored', async () => {
    const { logging, runs, aRun } = given();
    const runId = await aRun();
    await runs.delete(runId, 'ann');

    await expect(logging.logMetric(runId, point('m', 1))).rejects.toMatchObject(invalid);
    await runs.restore(runId, 'ann');
    await logging.logMetric(runId, point('m', 1));

    expect((await runs.get(runId)).metrics).toHaveLength(1);
  });
}

export function describeRunRecords(given: () => TestRegistry): void {
  test('a history of models that is not a list is replaced', async () => {
    const { logging, runs, aRun } = given();
    const runId = await aRun();
    const model = JSON.stringify({ artifact_path: 'm', flavors: {}, utc_time_created: '', run_id: runId });
    const historyOf = async (): Promise<unknown> =>
      JSON.parse((await runs.get(runId)).tags.find(({ key }) => key === 'mlflow.log-model.history')?.value ?? '');
    await logging.setTag(runId, { key: 'mlflow.log-model.history', value: 'no JSON' });

    await logging.logModel(runId, model);
    await logging.logModel(runId, model);

    expect(await historyOf()).toHaveLength(2);
  });

  test('an update changes only the given fields', async () => {
    const { runs, aRun } = given();
    const runId = await aRun('first');

    await runs.update({ runId, status: 'FINISHED', endedAtMs: 5 });
    const renamed = await runs.update({ runId, runName: 'second' });

    expect(renamed).toMatchObject({ runName: 'second', status: 'FINISHED', endedAtMs: 5 });
    expect((await runs.get(runId)).info).toEqual(renamed);
  });

  test('each data set and model of a run is stored once', async () => {
    const { logging, runs, aRun } = given();
    const runId = await aRun();
    const dataset = { name: 'cards', digest: 'd1', sourceType: 'local', source: '{}' };
    const input = { dataset, tags: [{ key: 'mlflow.data.context', value: 'training' }] };

    await logging.logInputs(runId, [input, input], ['m-1']);
    await logging.logInputs(runId, [input], ['m-1']);
    await logging.logOutputs(runId, [{ modelId: 'm-1', step: 3 }]);

    const run = await runs.get(runId);
    expect(run.datasetInputs).toEqual([{ ...input, dataset: { ...dataset, schema: undefined, profile: undefined } }]);
    expect(run.modelInputs).toEqual(['m-1']);
    expect(run.modelOutputs).toEqual([{ modelId: 'm-1', step: 3 }]);
  });
}
