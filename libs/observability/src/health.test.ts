import { expect, test } from 'vitest';
import { cachedCheck, HealthRegistry, type HealthStatus } from './health.js';
import { drainAndStop } from './service-process.js';

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

test('a failed check affects only its scopes, and is listed in both reports', async () => {
  const health = new HealthRegistry();
  health.add('kafka', () => ({ ok: false, detail: 'no broker' }), ['stream']);
  health.add('model', () => ({ ok: true, detail: 'version 3' }));

  const [requests, stream] = [await health.readiness('requests'), await health.readiness('stream')];

  expect([requests.ready, stream.ready]).toEqual([true, false]);
  expect(requests.checks['kafka']).toEqual({ ok: false, detail: 'no broker' });
});

test('a cached check runs once per period and never concurrently with itself', async () => {
  let now = 0;
  let runs = 0;
  let finish: (status: HealthStatus) => void = () => undefined;
  const check = cachedCheck(
    () => {
      runs++;
      return new Promise<HealthStatus>((resolve) => (finish = resolve));
    },
    1_000,
    () => now,
  );

  const first = check();
  now = 5_000;
  const second = check();
  expect(runs).toBe(1);
  finish({ ok: true, detail: 'reachable' });
  expect([await first, await second]).toEqual([
    { ok: true, detail: 'reachable' },
    { ok: true, detail: 'reachable' },
  ]);
  void check();
  expect(runs).toBe(2);
  finish({ ok: false, detail: 'away' });
});

test('a failure of a cached check is a status, not a rejection', async () => {
  const check = cachedCheck(() => Promise.reject(new Error('no broker')), 1_000);

  expect(await check()).toEqual({ ok: false, detail: 'no broker' });
});

test('a stopping service reports not ready before it stops', async () => {
  const health = new HealthRegistry();
  const order: string[] = [];
  health.onDraining(() => order.push('draining'));

  await drainAndStop({ stop: async () => void order.push('stopped') }, health, 1);

  expect(order).toEqual(['draining', 'stopped']);
  expect((await health.readiness()).ready).toBe(false);
});
