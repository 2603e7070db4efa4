import { DAY_MS, unavailable } from '@fraudflow/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { aProfile, aRow, rowsOf, START_MS } from '../../test/monitor-factories.js';
import { MonitorWorld } from '../../test/monitor-world.js';
import type { MonitorRunner } from './monitor-runner.js';

const ROWS = rowsOf(9, 200, (day) => (day >= 4 ? 0.8 : 0));
/** Days 0 to 7 are closed when day 8 begins. */
const WINDOWS = 8;
const started: MonitorRunner[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((runner) => runner.stop()));
});

function start(world: MonitorWorld, ...args: Parameters<MonitorWorld['monitor']>) {
  const monitor = world.monitor(...args);
  started.push(monitor.runner);
  monitor.runner.start();
  return monitor;
}

const eventually = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 15_000, interval: 10 });

async function counted(world: MonitorWorld, windows: number): Promise<void> {
  await eventually(async () => expect(new Set(await world.verdictIds()).size).toBe(windows));
}

describe('the monitor', () => {
  test('reads scores, evaluates windows and requests a retraining', async () => {
    const world = await MonitorWorld.create();
    await world.promote('1');
    const { metrics } = start(world);

    await world.score(ROWS);
    await counted(world, WINDOWS);

    expect(await world.requestIds()).toHaveLength(1);
    const exposed = await metrics.metrics();
    expect(exposed).toContain('drift_score{model="fraud_detector",version="1",feature="amount",method="psi"}');
    expect(exposed).toContain(
      'retrain_events_total{model="fraud_detector",version="1",reason="drift",result="emitted"} 1',
    );
    expect(exposed).toMatch(/model_accuracy\{model="fraud_detector",version="1"\} /);
  });

  test('emits nothing twice after it was killed between an output and its checkpoint', async () => {
    const world = await MonitorWorld.create();
    const first = start(world);
    await world.score(ROWS.slice(0, 500));
    await counted(world, 2);
    await eventually(() => expect(world.store.saves).toBeGreaterThan(0));
    const blob = await world.store.load();
    await world.score(ROWS.slice(500));
    await counted(world, WINDOWS);
    await first.runner.stop();
    world.store.goBackTo(blob);

    const second = start(world);
    await eventually(async () =>
      expect(await second.metrics.metrics()).toMatch(/retrain_events_total\{.*result="repeated"\} 1/),
    );

    expect(await world.verdictIds()).toHaveLength(WINDOWS);
    expect(await world.requestIds()).toHaveLength(1);
  });

  test('reads the log again and emits nothing twice after it lost its checkpoint', async () => {
    const world = await MonitorWorld.create();
    const first = start(world);
    await world.score(ROWS);
    await counted(world, WINDOWS);
    await first.runner.stop();
    world.store.goBackTo(undefined);

    const second = start(world);
    await eventually(() => expect(second.runner.session?.state.outcomes.judged).toBe(ROWS.length));

    expect(await world.verdictIds()).toHaveLength(WINDOWS);
  });

  test('rebuilds its state from the log after a damaged checkpoint', async () => {
    const world = await MonitorWorld.create();
    world.store.goBackTo(Buffer.from('not a checkpoint'));
    start(world);

    await world.score(ROWS);

    await counted(world, WINDOWS);
  });

  test('is on stand-by while another instance is active, and takes over when that instance stops', async () => {
    const world = await MonitorWorld.create();
    const first = start(world);
    await eventually(() => expect(first.runner.role).toBe('active'));
    const second = start(world);
    await world.score(ROWS.slice(0, 900));
    await counted(world, 4);
    expect(second.runner.role).toBe('idle');

    await first.runner.stop();
    await eventually(() => expect(second.runner.role).toBe('active'));
    await world.score(ROWS.slice(900));
    await counted(world, WINDOWS);

    expect(await world.verdictIds()).toHaveLength(WINDOWS);
    await eventually(() => expect(second.runner.session?.state.outcomes.judged).toBe(ROWS.length));
  });

  test('is replaced and its checkpoint is refused if it does not renew its lease', async () => {
    const world = await MonitorWorld.create();
    const replaced = start(world);
    await eventually(() => expect(replaced.runner.role).toBe('active'));

    const epoch = await world.store.acquire('nobody', 60).then(async (refused) => {
      expect(refused).toBeUndefined();
      world.store.expire();
      return world.store.acquire('another', 60);
    });

    await eventually(() => expect(replaced.runner.role).toBe('idle'));
    expect(await world.store.save((epoch ?? 0) - 1, Buffer.from('late'))).toBe(false);
  });
});

test('one row far ahead makes no other row late, also when a log of many days is read at once', async () => {
  const world = await MonitorWorld.create();
  const outlier = { ...aRow({ transactionId: 'outlier', eventAtMs: START_MS + 400 * DAY_MS }), offset: 0 };
  await world.score([...ROWS.slice(0, 20), outlier, ...ROWS.slice(20)]);

  const { runner } = start(world, undefined, {}, { jumpRows: 100 });

  await eventually(() => expect(runner.session?.state.outcomes.judged).toBe(ROWS.length + 1));
  expect(runner.session?.state.outcomes.late).toBe(0);
  expect(await world.verdictIds()).toHaveLength(WINDOWS);
});

test('a failed session changes the role to failed, so that readiness reports it', async () => {
  const world = await MonitorWorld.create();
  vi.spyOn(world.store, 'load').mockRejectedValue(unavailable('Redis does not respond'));

  const { runner, metrics } = start(world);

  await eventually(() => expect(runner.role).toBe('failed'));
  expect(await metrics.metrics()).toContain('drift_monitor_active 0');
});

test('a scored record without a probability is counted and not evaluated', async () => {
  const world = await MonitorWorld.create();
  const { runner } = start(world);

  await world.score(ROWS.slice(0, 100).map((row, i) => (i < 40 ? { ...row, probability: Number.NaN } : row)));

  await eventually(() => expect(runner.session?.state.outcomes).toMatchObject({ unscored: 40, judged: 60 }));
});

test('a store that lost its data ends the session; the next one reads the log again and emits nothing twice', async () => {
  const world = await MonitorWorld.create();
  const { runner } = start(world);
  await world.score(ROWS);
  await counted(world, WINDOWS);
  const before = runner.session;

  world.store.lose();

  await eventually(() => expect(runner.session !== undefined && runner.session !== before).toBe(true));
  await eventually(() => expect(runner.session?.state.outcomes.judged).toBe(ROWS.length));
  expect(await world.verdictIds()).toHaveLength(WINDOWS);
});

describe('rows of a version whose profile is unavailable', () => {
  test('wait in the log while the registry is unavailable', async () => {
    const world = await MonitorWorld.create();
    let isUnavailable = true;
    const load = async () => {
      if (isUnavailable) throw unavailable('the registry does not respond');
      return aProfile();
    };
    const { runner } = start(world, { load });
    await world.score(ROWS);
    await eventually(() => expect(runner.role).toBe('active'));

    isUnavailable = false;

    await eventually(() => expect(runner.session?.state.outcomes.judged).toBe(ROWS.length));
    expect(runner.session?.state.outcomes.unprofiled).toBe(0);
  });

  test('are processed without drift evaluation after the wait', async () => {
    const world = await MonitorWorld.create();
    const load = async (): Promise<never> => {
      throw unavailable('the registry does not respond');
    };
    const { runner } = start(world, { load }, { profileWaitMs: 5 });

    await world.score(ROWS);

    await eventually(() => expect(runner.session?.state.outcomes.unprofiled).toBe(ROWS.length));
    expect(await world.verdictIds()).toEqual([]);
  });

  test('are evaluated after a restart when the registry is available again', async () => {
    const world = await MonitorWorld.create();
    let isUnavailable = true;
    const load = async () => {
      if (isUnavailable) throw unavailable('the registry does not respond');
      return aProfile();
    };
    const first = start(world, { load }, { profileWaitMs: 5 });
    await world.score(ROWS.slice(0, 500));
    await eventually(() => expect(first.runner.session?.state.outcomes.unprofiled).toBe(500));
    await first.runner.stop();
    isUnavailable = false;

    const second = start(world, { load });
    await world.score(ROWS.slice(500));

    await eventually(() => expect(second.runner.session?.state.outcomes.judged).toBe(ROWS.length - 500));
    expect(await world.verdictIds()).not.toEqual([]);
  });

  test('of a version without a profile cause one request to the registry per session', async () => {
    const world = await MonitorWorld.create();
    const load = vi.fn(async () => undefined);
    const { runner } = start(world, { load });

    await world.score(ROWS.slice(0, 400));
    await eventually(() => expect(runner.session?.state.outcomes.unprofiled).toBe(400));
    await world.score(ROWS.slice(400, 800));
    await eventually(() => expect(runner.session?.state.outcomes.unprofiled).toBe(800));

    expect(load).toHaveBeenCalledTimes(1);
  });
});
