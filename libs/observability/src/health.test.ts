import { expect, test } from 'vitest';
import { HealthRegistry } from './health.js';

test('ready only when every check passes, and each check is named', async () => {
  const health = new HealthRegistry();
  health.add('redis', () => ({ ok: true, detail: 'reachable' }));
  health.add('kafka', () => {
    throw new Error('no broker');
  });

  const report = await health.readiness();

  expect(report.ready).toBe(false);
  expect(report.checks['kafka']).toEqual({ ok: false, detail: 'no broker' });
  expect(report.checks['redis']?.ok).toBe(true);
});

test('a draining service is not ready', async () => {
  const health = new HealthRegistry();
  expect((await health.readiness()).ready).toBe(true);

  health.startDraining();

  expect((await health.readiness()).ready).toBe(false);
});
