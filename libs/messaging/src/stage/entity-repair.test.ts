import { describe, expect, test } from 'vitest';
import { AppError, invalidInput } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import type { BatchContext } from '../consumer/handling/batch-handler.js';
import { DecodedRecord } from '../consumer/handling/decoded-record.js';
import { MemoryStageStore } from './memory-stage-store.js';
import type { StageProcessor } from './stage-definition.js';
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
const DAMAGED = 'damaged';

function record(offset: number, key: string): DecodedRecord<string> {
  const raw = { offset, key: Buffer.from(key), value: null, headers: {}, appendedAtMs: 0 };
  return new DecodedRecord('in', 0, raw, key);
}

/** Counts keys; a stored value equal to DAMAGED counts as damaged. */
function counting(): StageProcessor<string> {
  return {
    process: async (records, { read }) => {
      const writes = new Map<string, Uint8Array>();
      for (const { value } of records) {
        const stored = writes.get(value) ?? (await read([value]))[0];
        const text = stored === undefined ? '0' : Buffer.from(stored).toString();
        const details = { entity: value };
        if (text === DAMAGED) throw new AppError('failed_precondition', 'checksum', { code: 'STATE_CORRUPT', details });
        writes.set(value, Buffer.from(String(Number(text) + 1)));
      }
      return { outputs: [], writes };
    },
  };
}

/** A partition that has processed `log`, and whose states of `keys` are then damaged. */
async function damagedPartition(log: readonly DecodedRecord<string>[], keys: readonly string[], open = counting) {
  const store = new MemoryStageStore();
  const reported: string[] = [];
  const partition = new StagePartition<string>({
    id: ID,
    store,
    sink: { open: async () => undefined, emit: async () => undefined, close: () => undefined },
    retry: { firstBackoffMs: 1, lastBackoffMs: 1, logger: silentLogger },
    onDuplicates: () => undefined,
    onRebuilt: () => undefined,
    history: async function* (key, until) {
      yield log.filter((entry) => entry.key === key && entry.offset < until);
    },
    onCorrupt: () => reported.push('damaged'),
    onRepaired: (entity) => reported.push(`repaired ${entity}`),
    open,
  });
  await partition.claim();
  partition.startAt(0);
  await partition.handle(log, CONTEXT);
  const writes = new Map(keys.map((key) => [key, Buffer.from(DAMAGED)]));
  const at = log.length;
  await store.commit({ id: ID, epoch: partition.epoch, expected: at, next: at, writes, seen: new Map() });
  const states = async (...of: string[]) =>
    (await store.read(ID, of)).map((state) => state && Buffer.from(state).toString());
  return { partition, store, reported, states };
}

const LOG = [record(0, 'a'), record(1, 'b'), record(2, 'a'), record(3, 'c')];

describe('a damaged state', () => {
  test('is recomputed from the records of its entity, and the batch continues', async () => {
    const { partition, reported, states, store } = await damagedPartition(LOG, ['a']);

    await partition.handle([record(4, 'b'), record(5, 'a')], CONTEXT);

    expect(await states('a', 'b', 'c')).toEqual(['3', '2', '1']);
    expect(reported).toEqual(['damaged', 'repaired a']);
    expect((await store.claim(ID)).nextOffset).toBe(6);
  });

  test('of more entities than the repair limit causes a rebuild of the partition', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    const log = keys.map((key, offset) => record(offset, key));
    const { partition, reported, store } = await damagedPartition(log, keys);

    const handled = partition.handle(
      keys.map((key, i) => record(4 + i, key)),
      CONTEXT,
    );

    await expect(handled).rejects.toMatchObject({ code: 'FENCED' });
    expect(reported.filter((what) => what === 'damaged')).toHaveLength(4);
    expect((await store.claim(ID)).nextOffset).toBeUndefined();
  });

  test('whose records cannot be processed causes a rebuild of the partition', async () => {
    let isBroken = false;
    const open = (): StageProcessor<string> => {
      const inner = counting();
      return {
        process: async (records, context) => {
          if (isBroken && records.some(({ offset }) => offset < LOG.length)) throw invalidInput('poison');
          return inner.process(records, context);
        },
      };
    };
    const { partition, store } = await damagedPartition(LOG, ['a'], open);
    isBroken = true;

    await expect(partition.handle([record(4, 'a')], CONTEXT)).rejects.toMatchObject({ code: 'FENCED' });
    expect((await store.claim(ID)).nextOffset).toBeUndefined();
  });

  test('is not repaired if a newer owner has the partition', async () => {
    const { partition, states, store } = await damagedPartition(LOG, ['a']);
    await store.claim(ID);

    await expect(partition.handle([record(4, 'a')], CONTEXT)).rejects.toMatchObject({ code: 'FENCED' });

    expect(await states('a')).toEqual([DAMAGED]);
  });
});
