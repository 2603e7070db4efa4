import { DAY_MS, unavailable } from '@fraudflow/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { aProfile, aRow, rowsOf, START_MS } from '../../test/monitor-factories.js';
import { MonitorWorld } from '../../test/monitor-world.js';
import type { MonitorRunner } from './monitor-runner.js';

const ROWS = rowsOf(9, 200, (day) => (day >= 4 ? 0.8 : 0));
/** Days 0 to 7 close when day 8 has begun. */
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
  test('reads scores, judges windows and asks for a better model', async () => {
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

  test('killed between an output and its checkpoint emits nothing twice', async () => {
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

  test('that lost its checkpoint reads the log again and emits nothing twice', async () => {
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

  test('starts afresh from a damaged checkpoint', async () => {
    const world = await MonitorWorld.create();
    world.store.goBackTo(Buffer.from('not a checkpoint'));
    start(world);

    await world.score(ROWS);

    await counted(world, WINDOWS);
  });

  test('stands by while another instance is active, and takes over when it leaves', async () => {
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

  test('that was silent for too long finds itself replaced and its checkpoint refused', async () => {
    const world = await MonitorWorld.create();
    const zombie = start(world);
    await eventually(() => expect(zombie.runner.role).toBe('active'));

    const epoch = await world.store.acquire('nobody', 60).then(async (refused) => {
      expect(refused).toBeUndefined();
      world.store.expire();
      return world.store.acquire('another', 60);
    });

    await eventually(() => expect(zombie.runner.role).toBe('idle'));
    expect(await world.store.save((epoch ?? 0) - 1, Buffer.from('late'))).toBe(false);
  });
});

test('one row dated far ahead makes no other row late, also when a log of many days is read at once', async () => {
  const world = await MonitorWorld.create();
  const odd = { ...aRow({ transactionId: 'odd', eventAtMs: START_MS + 400 * DAY_MS }), offset: 0 };
  await world.score([...ROWS.slice(0, 20), odd, ...ROWS.slice(20)]);

  const { runner } = start(world, undefined, {}, { jumpRows: 100 });

  await eventually(() => expect(runner.session?.state.outcomes.judged).toBe(ROWS.length + 1));
  expect(runner.session?.state.outcomes.late).toBe(0);
  expect(await world.verdictIds()).toHaveLength(WINDOWS);
});

test('a session that fails leaves the active role, so that readiness shows it', async () => {
  const world = await MonitorWorld.create();
  vi.spyOn(world.store, 'load').mockRejectedValue(unavailable('Redis does not answer'));

  const { runner, metrics } = start(world);

  await eventually(() => expect(runner.role).toBe('failed'));
  expect(await metrics.metrics()).toContain('drift_monitor_active 0');
});

test('a scored record without a probability is counted and never judged', async () => {
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

describe('rows of a version whose profile cannot be had', () => {
  test('wait in the log while the registry is away', async () => {
    const world = await MonitorWorld.create();
    let isAway = true;
    const load = async () => {
      if (isAway) throw unavailable('the registry does not answer');
      return aProfile();
    };
    const { runner } = start(world, { load });
    await world.score(ROWS);
    await eventually(() => expect(runner.role).toBe('active'));

    isAway = false;

    await eventually(() => expect(runner.session?.state.outcomes.judged).toBe(ROWS.length));
    expect(runner.session?.state.outcomes.unprofiled).toBe(0);
  });

  test('go on uncounted for drift once the wait is over', async () => {
    const world = await MonitorWorld.create();
    const load = async (): Promise<never> => {
      throw unavailable('the registry does not answer');
    };
    const { runner } = start(world, { load }, { profileWaitMs: 5 });

    await world.score(ROWS);

    await eventually(() => expect(runner.session?.state.outcomes.unprofiled).toBe(ROWS.length));
    expect(await world.verdictIds()).toEqual([]);
  });

  test('are judged after a restart, once the registry is back', async () => {
    const world = await MonitorWorld.create();
    let isAway = true;
    const load = async () => {
      if (isAway) throw unavailable('the registry does not answer');
      return aProfile();
    };
    const first = start(world, { load }, { profileWaitMs: 5 });
    await world.score(ROWS.slice(0, 500));
    await eventually(() => expect(first.runner.session?.state.outcomes.unprofiled).toBe(500));
    await first.runner.stop();
    isAway = false;

    const second = start(world, { load });
    await world.score(ROWS.slice(500));

    await eventually(() => expect(second.runner.session?.state.outcomes.judged).toBe(ROWS.length - 500));
    expect(await world.verdictIds()).not.toEqual([]);
  });

  test('of a version stored without a profile are asked for once per session', async () => {
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
