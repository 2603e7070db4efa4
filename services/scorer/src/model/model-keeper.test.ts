import { unavailable } from '@fraudflow/core';
import { expect, test } from 'vitest';
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
