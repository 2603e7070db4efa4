import { silentLogger } from '@fraudflow/observability';
import { createHttpApp } from '@fraudflow/rpc';
import { Module } from '@nestjs/common';
import { expect, test, vi } from 'vitest';
import { rowsOf } from '../../../test/monitor-factories.js';
import { MonitorWorld } from '../../../test/monitor-world.js';
import { MonitorRunner } from '../../session/monitor-runner.js';
import { ReportsController } from './reports.controller.js';
import { ReportsService } from '../../reports/reports.service.js';

@Module({})
class ReportsModule {}

async function anApp(world: MonitorWorld) {
  const { runner } = world.monitor();
  const providers = [ReportsService, { provide: MonitorRunner, useValue: runner }];
  const module = { module: ReportsModule, controllers: [ReportsController], providers };
  const app = await createHttpApp(module, { logger: silentLogger });
  await app.init();
  const get = async (url: string) => {
    const response = await app.inject({ method: 'GET', url });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
  };
  return { app, runner, get };
}

async function aMonitorWithThreeVerdicts() {
  const world = await MonitorWorld.create();
  await world.promote('1');
  const app = await anApp(world);
  app.runner.start();
  await world.score(rowsOf(4, 200));
  await vi.waitFor(async () => expect(await world.verdictIds()).toHaveLength(3), { timeout: 10_000 });
  return { world, ...app };
}

test('the reports contain the newest verdicts and the watermark of the monitor', async () => {
  const { app, runner, get } = await aMonitorWithThreeVerdicts();

  const newest = await get('/v1/verdicts?limit=1');
  const status = await get('/v1/status');
  await runner.stop();
  await app.close();

  expect(newest.body).toMatchObject({ verdicts: [{ window_start: '2025-03-05T00:00:00.000Z', alarm: false }] });
  expect(status.body).toMatchObject({
    role: 'active',
    versions: [{ version: '1', in_production: true, has_profile: true }],
  });
});

test('a version that still scores after the scorer refused its successor remains the active version', async () => {
  const { world, app, runner, get } = await aMonitorWithThreeVerdicts();

  await world.promote('2');
  const refused = expect.objectContaining({ version: '1', in_production: true, registered_production: false });
  await vi.waitFor(async () => expect((await get('/v1/status')).body['versions']).toContainEqual(refused), {
    timeout: 10_000,
  });

  await runner.stop();
  await app.close();
});

test('an instance on stand-by reports its role, and an invalid limit is refused with its field', async () => {
  const { app, get } = await anApp(await MonitorWorld.create());

  const status = await get('/v1/status');
  const bad = await get('/v1/verdicts?limit=many');
  await app.close();

  expect(status.body).toMatchObject({ role: 'starting', watermark: null, versions: [] });
  expect(bad.status).toBe(400);
  expect(bad.body).toMatchObject({ field: 'limit' });
});
