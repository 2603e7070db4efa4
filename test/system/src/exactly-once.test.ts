import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeaturesEvent } from '@fraudflow/contracts';
import { partitionOf } from '@fraudflow/core';
import { compareFeatures } from './compare-features.js';
import { readByConsoleConsumer } from './foreign-reader.js';
import { type KnownTransaction, naiveFeatures } from './naive-features.js';
import { publish, simulate } from './traffic.js';
import { recordCount, type RunningSystem, startSystem } from './running-system.js';
import { seeded } from './faults/seeded.js';
import { waitFor } from './wait-for.js';

const PARTITIONS = 4;
const rows = simulate(45, 500, 800, 11);
const random = seeded(13);
let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem(['ingestion', 'feature-store']);
});

afterAll(() => system?.stop());

test('workers killed at random points cause no lost, duplicate or wrong features', async () => {
  const victims = ['feature-store', 'ingestion', 'feature-store', 'ingestion', 'feature-store'];
  const slice = Math.ceil(rows.length / (victims.length + 1));

  for (let part = 0; part <= victims.length; part++) {
    await publish(system.producer, rows.slice(part * slice, (part + 1) * slice));
    const victim = victims[part];
    if (victim !== undefined) {
      const before = await recordCount(system.bus, 'features');
      // Kills the worker at a random point while it processes this slice.
      const point = before + 1 + Math.floor(random() * slice * 0.5);
      await waitFor(
        'some progress',
        () => recordCount(system.bus, 'features'),
        (count) => count >= point,
        60_000,
      );
      expect(system.stack.kill(victim)).toBe(true);
    }
  }
  await waitFor(
    'every row to have an output record',
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

test('the same transactions sent again have no effect', async () => {
  const again = rows.slice(-500);

  await publish(system.producer, again);
  await publish(system.producer, markers());
  await waitFor(
    'a marker on each partition',
    () => distinctIds(system),
    (count) => count >= rows.length + PARTITIONS,
    60_000,
  );
  const comparison = await compareFeatures(system.bus, naiveFeatures(rows));

  expect(comparison).toMatchObject({ emitted: rows.length + PARTITIONS, lost: [], doubled: [], differentCount: 0 });
});

test('the console consumer of Apache Kafka also sees each transaction once', async () => {
  const values = await readByConsoleConsumer(system.stack.addresses.kafkaBrokers, 'features');

  const ids = values.map((value) => (JSON.parse(value) as FeaturesEvent).transaction.transaction_id);
  expect(ids.length).toBe(rows.length + PARTITIONS);
  expect(new Set(ids)).toEqual(new Set([...rows, ...markers()].map(({ id }) => id)));
});

/**
 * Sends one last transaction per partition of both stages. When it has an output record, all earlier ones have theirs.
 */
function markers(): readonly KnownTransaction[] {
  const atMs = (rows.at(-1)?.atMs ?? 0) + 1_000;
  return Array.from({ length: PARTITIONS }, (_, partition) => ({
    id: `marker-${partition}`,
    atMs,
    customer: idOnPartition('marker-c', partition),
    terminal: idOnPartition('marker-m', partition),
    cents: 100,
    isFraud: false,
  }));
}

function idOnPartition(prefix: string, partition: number): string {
  for (let n = 0; ; n++) if (partitionOf(`${prefix}${n}`, PARTITIONS) === partition) return `${prefix}${n}`;
}

async function distinctIds({ bus }: RunningSystem): Promise<number> {
  const { lost, emitted, doubled } = await compareFeatures(bus, new Map());
  return lost.length === 0 ? emitted - doubled.length : 0;
}
