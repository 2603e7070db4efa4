import { createHash } from 'node:crypto';
import { unavailable } from '@fraudflow/core';
import { describe, expect, test } from 'vitest';
import { aConstantArtifact, anArtifact } from '../testing/a-model.js';
import { aScorer, aServingScorer, metricValue } from '../testing/a-scorer.js';

test('the Production version is loaded, and loaded once', async () => {
  const { keeper, slot, repository, metrics } = await aServingScorer(anArtifact());

  const isSettled = await keeper.refresh();

  expect(isSettled).toBe(true);
  expect(slot.current?.version).toBe('1');
  expect(repository.downloads).toBe(1);
  expect(await metricValue(metrics, 'model_swaps_total')).toBe(1);
});

test('a new Production version takes over', async () => {
  const { keeper, slot, repository, metrics } = await aServingScorer(anArtifact());
  repository.production = aConstantArtifact('2', 0.9);

  await keeper.refresh();

  expect(slot.current?.version).toBe('2');
  expect(await metrics.getSingleMetricAsString('model_info')).toContain('version="2"');
  expect(await metrics.getSingleMetricAsString('model_info')).not.toContain('version="1"');
});

test('an unfit version is refused once, counted and told; the old model stays', async () => {
  const { keeper, slot, repository, metrics } = await aServingScorer(anArtifact());
  repository.production = anArtifact({ version: '2', onnx: Buffer.from('rubbish') });

  await keeper.refresh();
  await keeper.refresh();

  expect(slot.current?.version).toBe('1');
  expect(repository.downloads).toBe(2);
  expect(await metricValue(metrics, 'model_refusals_total{code="ONNX_MALFORMED"}')).toBe(1);
  expect(keeper.statuses()).toEqual([
    { version: '2', state: 'refused', message: expect.stringContaining('ONNX') },
    { version: '1', state: 'available', message: '' },
  ]);
});

test('a change in the registry gives a refused version another chance', async () => {
  const { keeper, slot, repository } = await aServingScorer(anArtifact());
  repository.production = anArtifact({ version: '2', onnx: Buffer.from('rubbish') });
  await keeper.refresh();
  repository.production = anArtifact({ version: '2' });

  keeper.wake();
  await keeper.refresh();

  expect(slot.current?.version).toBe('2');
});

test('a registry that is away is asked again soon, and the model stays', async () => {
  const { keeper, slot, repository } = await aServingScorer(anArtifact());
  repository.failure = unavailable('registry is away');

  const isSettled = await keeper.refresh();

  expect(isSettled).toBe(false);
  expect(slot.current?.version).toBe('1');
});

test('without a Production version nothing is loaded; one that leaves the stage goes on serving', async () => {
  const empty = aScorer();
  const serving = await aServingScorer(anArtifact());
  serving.repository.production = undefined;

  const isSettledWhenEmpty = await empty.keeper.refresh();
  await serving.keeper.refresh();

  expect(isSettledWhenEmpty).toBe(false);
  expect(empty.slot.current).toBeUndefined();
  expect(serving.slot.current?.version).toBe('1');
});

test('the running keeper looks at once when woken', async () => {
  const { keeper, slot, repository } = aScorer({ FRAUDFLOW_SCORER_MODEL_RETRY: '1h' });
  keeper.start();
  repository.production = anArtifact();

  while (!slot.current) {
    keeper.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await keeper.stop();

  expect(slot.current.version).toBe('1');
});

describe('after a restart', () => {
  const unservable = () => anArtifact({ version: '2', onnx: Buffer.from('rubbish') });

  test('with an unfit version in Production the last good model serves, and the refused one is named', async () => {
    const { lastGood } = await aServingScorer(anArtifact());
    const restarted = aScorer({}, lastGood);
    restarted.repository.production = unservable();

    const isSettled = await restarted.keeper.refresh();

    expect(isSettled).toBe(true);
    expect(restarted.slot.current?.version).toBe('1');
    expect(restarted.keeper.refusedProduction()).toMatchObject({
      version: '2',
      reason: expect.stringContaining('ONNX') as string,
    });
    expect(restarted.keeper.statuses().map(({ version, state }) => [version, state])).toEqual([
      ['2', 'refused'],
      ['1', 'available'],
    ]);
  });

  test('with a registry that is away the last good model serves until it is back', async () => {
    const { lastGood } = await aServingScorer(anArtifact());
    const restarted = aScorer({}, lastGood);
    restarted.repository.failure = unavailable('registry is away');

    const isSettled = await restarted.keeper.refresh();
    const versionWhileAway = restarted.slot.current?.version;
    restarted.repository.failure = undefined;
    restarted.repository.production = aConstantArtifact('3', 0.9);
    await restarted.keeper.refresh();

    expect([isSettled, versionWhileAway, restarted.slot.current?.version]).toEqual([false, '1', '3']);
    expect(lastGood.kept?.version).toBe('3');
  });

  test('without any version in Production nothing is served', async () => {
    const { lastGood } = await aServingScorer(anArtifact());
    const restarted = aScorer({}, lastGood);

    expect(await restarted.keeper.refresh()).toBe(false);
    expect(restarted.slot.current).toBeUndefined();
  });

  test('a folder that cannot be used holds up nothing', async () => {
    const scorer = aScorer();
    scorer.lastGood.failure = new Error('read-only file system');
    scorer.repository.production = anArtifact();

    expect(await scorer.keeper.refresh()).toBe(true);
    expect(scorer.slot.current?.version).toBe('1');
  });

  test('a file that ended the process twice while being loaded is refused, and the last good one serves', async () => {
    const { lastGood } = await aServingScorer(anArtifact());
    const crashing = aConstantArtifact('2', 0.9);
    const digest = createHash('sha256').update(crashing.onnx).digest('hex');
    for (let crash = 0; crash < 2; crash++) await lastGood.loadBegins(digest);
    const restarted = aScorer({}, lastGood);
    restarted.repository.production = crashing;

    await restarted.keeper.refresh();

    expect(restarted.slot.current?.version).toBe('1');
    expect(restarted.keeper.refusedProduction()?.reason).toContain('ended the process 2 times');
  });
});
