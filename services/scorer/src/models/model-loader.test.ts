import { createHash } from 'node:crypto';
import { unavailable } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import { aConstantArtifact, anArtifact } from '../../test/support/a-model.js';
import { aScorer, aServingScorer, metricValue } from '../../test/support/a-scorer.js';

test('the Production version is loaded exactly once', async () => {
  const { loader, slot, repository, metrics } = await aServingScorer(anArtifact());

  const isSettled = await loader.refresh();

  expect(isSettled).toBe(true);
  expect(slot.current?.version).toBe('1');
  expect(repository.downloads).toBe(1);
  expect(await metricValue(metrics, 'model_swaps_total')).toBe(1);
});

test('a new Production version becomes the active model', async () => {
  const { loader, slot, repository, metrics } = await aServingScorer(anArtifact());
  repository.production = aConstantArtifact('2', 0.9);

  await loader.refresh();

  expect(slot.current?.version).toBe('2');
  expect(await metrics.getSingleMetricAsString('model_info')).toContain('version="2"');
  expect(await metrics.getSingleMetricAsString('model_info')).not.toContain('version="1"');
});

test('an unfit version is refused once, counted and reported; the active model stays', async () => {
  const { loader, slot, repository, metrics } = await aServingScorer(anArtifact());
  repository.production = anArtifact({ version: '2', onnx: Buffer.from('rubbish') });

  await loader.refresh();
  await loader.refresh();

  expect(slot.current?.version).toBe('1');
  expect(repository.downloads).toBe(2);
  expect(await metricValue(metrics, 'model_refusals_total{code="ONNX_MALFORMED"}')).toBe(1);
  expect(loader.statuses()).toEqual([
    { version: '2', state: 'refused', message: expect.stringContaining('ONNX') },
    { version: '1', state: 'available', message: '' },
  ]);
});

test('a refused version is tried again after a change in the registry', async () => {
  const { loader, slot, repository } = await aServingScorer(anArtifact());
  repository.production = anArtifact({ version: '2', onnx: Buffer.from('rubbish') });
  await loader.refresh();
  repository.production = anArtifact({ version: '2' });

  loader.wake();
  await loader.refresh();

  expect(slot.current?.version).toBe('2');
});

test('an unreachable registry is retried after the short interval, and the active model stays', async () => {
  const { loader, slot, repository } = await aServingScorer(anArtifact());
  repository.failure = unavailable('the registry is unreachable');

  const isSettled = await loader.refresh();

  expect(isSettled).toBe(false);
  expect(slot.current?.version).toBe('1');
});

test('without a Production version no model is loaded; a version that leaves the stage stays active', async () => {
  const empty = aScorer();
  const serving = await aServingScorer(anArtifact());
  serving.repository.production = undefined;

  const isSettledWhenEmpty = await empty.loader.refresh();
  await serving.loader.refresh();

  expect(isSettledWhenEmpty).toBe(false);
  expect(empty.slot.current).toBeUndefined();
  expect(serving.slot.current?.version).toBe('1');
});

test('the running loader polls immediately when woken', async () => {
  const { loader, slot, repository } = aScorer({ FRAUDFLOW_SCORER_MODEL_RETRY: '1h' });
  loader.start();
  repository.production = anArtifact();

  while (!slot.current) {
    loader.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await loader.stop();

  expect(slot.current.version).toBe('1');
});

describe('after a restart', () => {
  const unservable = () => anArtifact({ version: '2', onnx: Buffer.from('rubbish') });

  test('if the Production version is unfit, the last good model serves and the refused version is reported', async () => {
    const { lastGood } = await aServingScorer(anArtifact());
    const restarted = aScorer({}, lastGood);
    restarted.repository.production = unservable();

    const isSettled = await restarted.loader.refresh();

    expect(isSettled).toBe(true);
    expect(restarted.slot.current?.version).toBe('1');
    expect(restarted.loader.refusedProduction()).toMatchObject({
      version: '2',
      reason: expect.stringContaining('ONNX') as string,
    });
    expect(restarted.loader.statuses().map(({ version, state }) => [version, state])).toEqual([
      ['2', 'refused'],
      ['1', 'available'],
    ]);
  });

  test('while the registry is unreachable, the last good model serves', async () => {
    const { lastGood } = await aServingScorer(anArtifact());
    const restarted = aScorer({}, lastGood);
    restarted.repository.failure = unavailable('the registry is unreachable');

    const isSettled = await restarted.loader.refresh();
    const versionWhileAway = restarted.slot.current?.version;
    restarted.repository.failure = undefined;
    restarted.repository.production = aConstantArtifact('3', 0.9);
    await restarted.loader.refresh();

    expect([isSettled, versionWhileAway, restarted.slot.current?.version]).toEqual([false, '1', '3']);
    expect(lastGood.kept?.version).toBe('3');
  });

  test('without a Production version no model is served', async () => {
    const { lastGood } = await aServingScorer(anArtifact());
    const restarted = aScorer({}, lastGood);

    expect(await restarted.loader.refresh()).toBe(false);
    expect(restarted.slot.current).toBeUndefined();
  });

  test('an unusable folder does not prevent serving', async () => {
    const scorer = aScorer();
    scorer.lastGood.failure = new Error('read-only file system');
    scorer.repository.production = anArtifact();

    expect(await scorer.loader.refresh()).toBe(true);
    expect(scorer.slot.current?.version).toBe('1');
  });

  test('a file whose load ended the process twice is refused, and the last good model serves', async () => {
    const { lastGood } = await aServingScorer(anArtifact());
    const crashing = aConstantArtifact('2', 0.9);
    const digest = createHash('sha256').update(crashing.onnx).digest('hex');
    for (let crash = 0; crash < 2; crash++) await lastGood.loadBegins(digest);
    const restarted = aScorer({}, lastGood);
    restarted.repository.production = crashing;

    await restarted.loader.refresh();

    expect(restarted.slot.current?.version).toBe('1');
    expect(restarted.loader.refusedProduction()?.reason).toContain('ended the process 2 times');
  });
});
