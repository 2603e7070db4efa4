import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareFeatures } from './compare-features.js';
import { naiveFeatures } from './naive-features.js';
import { publish, simulate } from './traffic.js';
import { recordCount, type RunningSystem, startSystem } from './running-system.js';
import { waitFor } from './wait-for.js';

const rows = simulate(45, 500, 800, 11);
let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem(['ingestion', 'feature-store']);
});

afterAll(() => system?.stop());

test('workers killed at random points lose nothing, double nothing and count nothing wrong', async () => {
  const victims = ['feature-store', 'ingestion', 'feature-store', 'ingestion', 'feature-store'];
  const slice = Math.ceil(rows.length / (victims.length + 1));

  for (let part = 0; part <= victims.length; part++) {
    await publish(system.producer, rows.slice(part * slice, (part + 1) * slice));
    const victim = victims[part];
    if (victim !== undefined) {
      const before = await recordCount(system.bus, 'features');
      // Killed while it works on this slice, not before and not after.
      await waitFor(
        'some progress',
        () => recordCount(system.bus, 'features'),
        (count) => count > before,
        60_000,
      );
      system.stack.kill(victim);
    }
  }
  await waitFor(
    'every row to come out',
    () => distinctIds(system),
    (count) => count >= rows.length,
    120_000,
  );
  const comparison = await compareFeatures(system.bus, naiveFeatures(rows));

  expect(comparison).toMatchObject({
    expected: rows.length,
    emitted: rows.length,
    lost: [],
    doubled: [],
    different: [],
    differentCount: 0,
  });
  expect(Object.values(system.stack.restartCounts()).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(
    victims.length,
  );
});

test('the same transactions sent again change nothing', async () => {
  const again = rows.slice(-500);

  await publish(system.producer, again);
  const rest = { ...rows[0], id: 'marker', atMs: (rows.at(-1)?.atMs ?? 0) + 1_000 } as (typeof rows)[number];
  await publish(system.producer, [rest]);
  await waitFor(
    'the marker',
    () => distinctIds(system),
    (count) => count >= rows.length + 1,
    60_000,
  );
  const comparison = await compareFeatures(system.bus, naiveFeatures(rows));

  expect(comparison).toMatchObject({ emitted: rows.length + 1, lost: [], doubled: [], differentCount: 0 });
});

async function distinctIds({ bus }: RunningSystem): Promise<number> {
  const { lost, emitted, doubled } = await compareFeatures(bus, new Map());
  return lost.length === 0 ? emitted - doubled.length : 0;
}
