import { describe, expect, test } from 'vitest';
import { HEADERS } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import type { BatchContext } from '../consumer/handling/batch-handler.js';
import { DecodedRecord } from '../consumer/handling/decoded-record.js';
import type { RawRecord } from '../port/record.js';
import { MemoryStageStore } from './memory-stage-store.js';
import { StagePartition } from './stage-partition.js';

const ID = { stage: 'stage', partition: 0 };
const CONTEXT: BatchContext = {
  topic: 'in',
  partition: 0,
  groupId: 'g',
  firstOffset: 0,
  lastOffset: 0,
  epoch: 0,
  signal: new AbortController().signal,
  heartbeat: async () => undefined,
  reject: () => undefined,
};

function records(from: number, to: number, source?: string): DecodedRecord<number>[] {
  return Array.from({ length: to - from }, (_, i) => {
    const offset = from + i;
    const headers: RawRecord['headers'] =
      source === undefined
        ? {}
        : {
            [HEADERS.sourcePartition]: Buffer.from(source),
            [HEADERS.sourceOffset]: Buffer.from(String(offset)),
          };
    return new DecodedRecord('in', 0, { offset, key: null, value: null, headers, appendedAtMs: 0 }, offset);
  });
}

/** Sums its records in one state, which it returns when it may not defer. */
function setUp() {
  const log: string[] = [];
  const control: { fail: Error | undefined } = { fail: undefined };
  const store = new MemoryStageStore();
  const partitionOf = (): StagePartition<number> =>
    new StagePartition<number>({
      id: ID,
      store,
      sink: { open: async () => undefined, emit: async () => undefined, close: () => undefined },
      retry: { firstBackoffMs: 1, lastBackoffMs: 1, logger: silentLogger },
      onDuplicates: () => undefined,
      onRebuilt: () => log.push('rebuilt'),
      onCorrupt: () => undefined,
      open: () => {
        let sum: number | undefined;
        return {
          process: async (batch, { mayDefer, read }) => {
            sum ??= Number((await read(['sum']))[0] ?? 0);
            if (control.fail) throw control.fail;
            for (const { value } of batch) sum += value;
            log.push(`${mayDefer ? 'deferred' : 'written'} ${batch.length}`);
            return mayDefer ? { outputs: [], isDeferred: true } : { outputs: [], writes: stateOf(sum) };
          },
        };
      },
    });
  const sum = async (): Promise<string> => Buffer.from((await store.read(ID, ['sum']))[0] ?? []).toString();
  return { store, partitionOf, log, control, sum };
}

function stateOf(sum: number): ReadonlyMap<string, Uint8Array> {
  return new Map([['sum', Buffer.from(String(sum))]]);
}

async function rebuilding(partition: StagePartition<number>, until: number, emitFrom: number): Promise<void> {
  await partition.claim();
  await partition.beginRebuild({ until, emitFrom });
  partition.startAt(0);
}

describe('a rebuild whose outputs are in the log', () => {
  test('writes the states of many batches in one commit, at the latest at the end of the rebuild', async () => {
    const { partitionOf, log, sum, store } = setUp();
    const partition = partitionOf();
    await rebuilding(partition, 40, 40);

    for (let from = 0; from < 30; from += 10) await partition.handle(records(from, from + 10), CONTEXT);
    const before = await sum();
    await partition.handle(records(30, 40), CONTEXT);

    expect(log).toEqual(['deferred 10', 'deferred 10', 'deferred 10', 'written 10', 'rebuilt']);
    expect([before, await sum()]).toEqual(['', '780']);
    expect(await store.claim(ID)).toMatchObject({ nextOffset: 40 });
  });

  test('does not defer records whose outputs have not been sent', async () => {
    const { partitionOf, log } = setUp();
    const partition = partitionOf();
    await rebuilding(partition, 40, 15);

    await partition.handle(records(0, 10), CONTEXT);
    await partition.handle(records(10, 20), CONTEXT);

    expect(log).toEqual(['deferred 10', 'written 10']);
  });

  test('defers at most 20,000 records', async () => {
    const { partitionOf, log } = setUp();
    const partition = partitionOf();
    await rebuilding(partition, 100_000, 100_000);

    for (let from = 0; from < 40_000; from += 8_000) await partition.handle(records(from, from + 8_000), CONTEXT);

    expect(log).toEqual(['deferred 8000', 'deferred 8000', 'written 8000', 'deferred 8000', 'deferred 8000']);
  });

  test('writes deferred states even if the log ends with a gap', async () => {
    const { partitionOf, sum } = setUp();
    const partition = partitionOf();
    await rebuilding(partition, 12, 12);
    await partition.handle(records(0, 10), CONTEXT);

    await partition.skipTo(11, CONTEXT);
    const before = await sum();
    await partition.skipTo(12, CONTEXT);

    expect([before, await sum()]).toEqual(['', '45']);
  });

  test('keeps the source marks of deferred records', async () => {
    const { partitionOf, store } = setUp();
    const partition = partitionOf();
    await rebuilding(partition, 20, 20);

    await partition.handle(records(0, 10, 'up:1'), CONTEXT);
    await partition.handle(records(10, 20, 'up:2'), CONTEXT);

    expect([...(await store.claim(ID)).seen.keys()]).toEqual(['up:1', 'up:2']);
  });

  test('restarts at its last commit with empty caches when the partition is claimed again', async () => {
    const { partitionOf, sum } = setUp();
    const partition = partitionOf();
    await rebuilding(partition, 20, 20);
    await partition.handle(records(0, 10), CONTEXT);

    partition.startAt((await partition.claim()) ?? 0);
    await partition.handle(records(0, 10), CONTEXT);
    await partition.handle(records(10, 20), CONTEXT);

    expect(await sum()).toBe('190');
  });

  test('returns to its last commit after a poison record and continues batch by batch', async () => {
    const { partitionOf, log, control, sum } = setUp();
    const partition = partitionOf();
    await rebuilding(partition, 40, 40);
    await partition.handle(records(0, 10), CONTEXT);
    control.fail = invalidInput('poison');
    await expect(partition.handle(records(10, 20), CONTEXT)).rejects.toMatchObject({ code: 'FENCED' });
    control.fail = undefined;

    partition.startAt((await partition.claim()) ?? 0);
    await partition.handle(records(0, 10), CONTEXT);

    expect(log).toEqual(['deferred 10', 'written 10']);
    expect(await sum()).toBe('45');
  });
});
