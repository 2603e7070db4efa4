import { describe, expect, test } from 'vitest';
import { defineTopic } from '@fraudflow/contracts';
import { invalidInput, unavailable } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { z } from 'zod';
import type { BatchContext } from '../consumer/handling/batch-handler.js';
import { DecodedRecord } from '../consumer/handling/decoded-record.js';
import { MemoryStageStore } from './memory-stage-store.js';
import type { OutputSink } from './output-sink.js';
import { output } from './stage-definition.js';
import { StagePartition } from './stage-partition.js';
import type { StagePartitionOptions } from './stage-partition-options.js';

const OUT = defineTopic<string>({
  name: 'out',
  keyedBy: 'value',
  keyOf: (value) => value,
  schema: z.string(),
  owner: 'test',
  description: 'created for one test',
});
const ID = { stage: 'stage', partition: 0 };

function records(...offsets: number[]): DecodedRecord<number>[] {
  return offsets.map(
    (offset) => new DecodedRecord('in', 0, { offset, key: null, value: null, headers: {}, appendedAtMs: 0 }, offset),
  );
}

function aContext(aborted = false): BatchContext {
  const signal = aborted ? AbortSignal.abort() : new AbortController().signal;
  const base = { topic: 'in', partition: 0, groupId: 'g', firstOffset: 0, lastOffset: 0, epoch: 0 };
  return { ...base, signal, heartbeat: async () => undefined, reject: () => undefined };
}

/** Opens processors that record their input; `fail` is thrown by the next process call. */
function setUp(sink: Partial<OutputSink> = {}, options: Partial<StagePartitionOptions<number>> = {}) {
  const log: { processor: number; offsets: number[] }[] = [];
  const control: { fail: Error | undefined; opened: number } = { fail: undefined, opened: 0 };
  const store = new MemoryStageStore();
  const partition = new StagePartition<number>({
    id: ID,
    store,
    sink: { open: async () => undefined, emit: async () => undefined, close: () => undefined, ...sink },
    retry: { firstBackoffMs: 1, lastBackoffMs: 1, logger: silentLogger },
    onDuplicates: () => undefined,
    onRebuilt: () => undefined,
    onCorrupt: () => undefined,
    open: () => {
      const processor = ++control.opened;
      return {
        process: async (batch) => {
          log.push({ processor, offsets: batch.map((record) => record.offset) });
          if (control.fail) throw control.fail;
          return { outputs: [], writes: new Map([['k', Buffer.from(String(batch.length))]]) };
        },
      };
    },
    ...options,
  });
  return { partition, store, log, control };
}

describe('a stage partition', () => {
  test('skips records below its next offset and commits the offset after the last', async () => {
    const { partition, store, log } = setUp();
    await partition.claim();
    partition.next = 3;

    await partition.handle(records(1, 2, 3, 4), aContext());

    expect(log).toEqual([{ processor: 1, offsets: [3, 4] }]);
    expect((await store.claim(ID)).nextOffset).toBe(5);
  });

  test('sends no outputs computed from lost states, which would look like new entities', async () => {
    const sent: number[] = [];
    const reads: (readonly (Uint8Array | undefined)[])[] = [];
    const { partition, store } = setUp(
      { emit: async (_, outputs) => void sent.push(...outputs.map(({ from }) => from.offset)) },
      {
        open: () => ({
          process: async (batch, { read }) => {
            reads.push(await read(['k']));
            const outputs = batch.map((from) => output(OUT, 'v', from));
            return { outputs, writes: new Map([['k', Buffer.from('state')]]) };
          },
        }),
      },
    );
    await partition.claim();
    await partition.handle(records(0), aContext());
    store.lose();

    await expect(partition.handle(records(1), aContext())).rejects.toMatchObject({ code: 'FENCED' });

    expect(reads).toHaveLength(1);
    expect(sent).toHaveLength(1);
    expect(partition.reclaimAtMs).toBeLessThanOrEqual(performance.now());
  });

  test('opens a new processor after an error, so that no partially updated cache remains', async () => {
    const { partition, log, control } = setUp();
    await partition.claim();
    control.fail = invalidInput('poison');
    await expect(partition.handle(records(0), aContext())).rejects.toThrow('poison');
    control.fail = undefined;

    await partition.handle(records(0), aContext());

    expect(log.map((entry) => entry.processor)).toEqual([1, 2]);
  });

  test('repeats outputs after a transient fault without processing again', async () => {
    let faults = 2;
    const emit = async (): Promise<void> => {
      if (faults-- > 0) throw unavailable('broker away');
    };
    const { partition, log } = setUp({ emit });
    await partition.claim();

    await partition.handle(records(0), aContext());

    expect(log).toHaveLength(1);
  });

  test('keeps its caches over a rebalance without another owner, and drops them after another owner', async () => {
    const { partition, store, log } = setUp();
    await partition.claim();
    await partition.handle(records(0), aContext());

    await partition.claim();
    await partition.handle(records(1), aContext());
    await store.claim(ID);
    await partition.claim();
    await partition.handle(records(2), aContext());

    expect(log.map((entry) => entry.processor)).toEqual([1, 1, 2]);
  });

  test('rejects all work after a newer owner claimed the partition, until it claims again', async () => {
    const { partition, store, log } = setUp();
    await partition.claim();
    await store.claim(ID);

    await expect(partition.handle(records(0), aContext())).rejects.toMatchObject({ code: 'FENCED' });
    await expect(partition.handle(records(0), aContext())).rejects.toMatchObject({ code: 'FENCED' });
    const computed = log.length;
    const next = await partition.claim();
    await expect(partition.handle(records(0), aContext())).rejects.toMatchObject({ code: 'FENCED' });
    partition.startAt(next ?? 0);
    await partition.handle(records(0), aContext());

    expect(computed).toBe(1);
    expect((await store.claim(ID)).nextOffset).toBe(1);
  });

  test('discards states of another layout and starts without state', async () => {
    const { partition, store } = setUp();
    await partition.claim();
    await partition.handle(records(0, 1), aContext());
    const noted: (string | undefined)[] = [];
    const other = setUp({}, { store, layout: '3:key', onOtherLayout: (stored) => noted.push(stored) });

    expect(await other.partition.claim()).toBeUndefined();
    await other.partition.handle(records(0, 1), aContext());

    expect(noted).toEqual([undefined]);
    expect((await store.claim(ID)).layout).toBe('3:key');
    expect(await other.partition.claim()).toBe(2);
    expect(noted).toHaveLength(1);
  });
});
