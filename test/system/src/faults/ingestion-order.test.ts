import { DAY_MS } from '@fraudflow/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, simulate } from '../traffic.js';
import { recordsOf } from '../topic-records.js';
import { waitFor } from '../wait-for.js';
import { FaultStack } from './fault-stack.js';

const LIMIT_MS = 120_000;
/**
 * Ingestion's allowed skew, plus a day for records that a worker may write between two watermark updates of its peers.
 */
const MOST_APART_MS = 2 * DAY_MS;

interface Written {
  readonly id: string;
  readonly partition: number;
  readonly atMs: number;
  readonly appendedAtMs: number;
}

const rows = simulate(40, 200, 300, 3);
let stack: FaultStack;

beforeAll(async () => {
  stack = await FaultStack.start();
}, LIMIT_MS);

afterAll(() => stack?.stop());

test(
  'a frozen ingestion worker holds back the partitions of its peer until its own partitions are reassigned',
  async () => {
    const begun = Math.floor(rows.length / 4);
    const workers = [
      await stack.startWorker('one', { service: 'ingestion' }),
      await stack.startWorker('two', { service: 'ingestion' }),
    ];
    await publish(stack.producer, rows.slice(0, begun));
    await untilWritten(begun);

    workers[1]?.freeze();
    await publish(stack.producer, rows.slice(begun));
    const written = await untilWritten(rows.length);
    workers[1]?.thaw();

    expect(new Set(written.map(({ partition }) => partition)).size).toBe(4);
    expect(furthestApartMs(written)).toBeLessThan(MOST_APART_MS);
  },
  LIMIT_MS,
);

function untilWritten(count: number): Promise<readonly Written[]> {
  return waitFor('transactions to be validated', firstWritten, ({ length }) => length >= count, LIMIT_MS);
}

/** Each validated transaction at its first position. */
async function firstWritten(): Promise<readonly Written[]> {
  const first = new Map<string, Written>();
  for (const { value, partition, raw } of await recordsOf(stack.bus.admin, 'transactions.validated')) {
    const { transaction_id: id, occurred_at } = JSON.parse(String(value)) as Record<string, string>;
    if (id === undefined || first.has(id)) continue;
    first.set(id, { id, partition, atMs: Date.parse(String(occurred_at)), appendedAtMs: raw.appendedAtMs });
  }
  return [...first.values()];
}

/** Largest event-time lead of a written record over the next record of another partition, ms. */
function furthestApartMs(written: readonly Written[]): number {
  const waiting = new Map<number, Written[]>();
  for (const one of written.toSorted((a, b) => a.atMs - b.atMs)) {
    const of = waiting.get(one.partition) ?? [];
    waiting.set(one.partition, of);
    of.push(one);
  }
  const next = new Map([...waiting.keys()].map((partition) => [partition, 0]));
  let furthestMs = 0;
  for (const { partition, atMs } of written.toSorted((a, b) => a.appendedAtMs - b.appendedAtMs || a.atMs - b.atMs)) {
    next.set(partition, (next.get(partition) ?? 0) + 1);
    for (const [other, index] of next) {
      const waitingMs = waiting.get(other)?.[index]?.atMs ?? Number.POSITIVE_INFINITY;
      furthestMs = Math.max(furthestMs, atMs - waitingMs);
    }
  }
  return furthestMs;
}
