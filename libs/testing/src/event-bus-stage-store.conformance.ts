import { beforeEach, describe, expect, test } from 'vitest';
import type { StageCommit, StagePartitionId, StageStore } from '@fraudflow/contracts';
import { newName } from './event-bus-fixture.js';

/** Guarantees of every stage store. */
export function describeStageStore(name: string, current: () => StageStore): void {
  describe(`stage store: ${name}`, () => {
    let id: StagePartitionId;
    beforeEach(() => {
      id = { stage: newName('stage'), partition: 3 };
    });

    const aCommit = (epoch: number, overrides: Partial<StageCommit> = {}): StageCommit => ({
      id,
      epoch,
      expected: undefined,
      next: 10,
      writes: new Map([['a', Buffer.from([0, 255, 13, 10])]]),
      seen: new Map([['other:1', 7]]),
      ...overrides,
    });

    test('starts empty, and each claim gets a higher epoch', async () => {
      const first = await current().claim(id);
      const second = await current().claim(id);

      expect(first).toMatchObject({ nextOffset: undefined, seen: new Map() });
      expect(first.epoch).toBeGreaterThan(0);
      expect(second.epoch).toBe(first.epoch + 1);
    });

    test('commits state, offset and high-water marks atomically', async () => {
      const { epoch } = await current().claim(id);

      const result = await current().commit(aCommit(epoch));

      expect(result).toBe('committed');
      expect(await current().claim(id)).toEqual({
        epoch: epoch + 1,
        nextOffset: 10,
        seen: new Map([['other:1', 7]]),
      });
      const [none, state] = await current().read(id, ['none', 'a']);
      expect(none).toBeUndefined();
      expect(Buffer.from(state ?? [])).toEqual(Buffer.from([0, 255, 13, 10]));
    });

    test('lists the keys of all states page by page', async () => {
      const { epoch } = await current().claim(id);
      const keys = Array.from({ length: 250 }, (_, i) => `k${i}`);
      await current().commit(aCommit(epoch, { writes: new Map(keys.map((key) => [key, Buffer.from(key)])) }));

      const found = new Set<string>();
      for (let cursor: string | undefined = '0'; cursor !== undefined;) {
        const page: { readonly keys: readonly string[]; readonly cursor: string | undefined } = await current().scan(
          id,
          cursor,
        );
        page.keys.forEach((key) => found.add(key));
        ({ cursor } = page);
      }

      expect([...found].toSorted()).toEqual(keys.toSorted());
    });

    test('stores the layout of the last commit, and deletes it with the state', async () => {
      const { epoch, layout: none } = await current().claim(id);
      await current().commit(aCommit(epoch, { layout: '3:0a' }));
      await current().commit(aCommit(epoch, { expected: 10, next: 11, layout: '4:0b' }));

      const claim = await current().claim(id);
      await current().forget(id, claim.epoch);

      expect([none, claim.layout]).toEqual([undefined, '4:0b']);
      expect((await current().claim(id)).layout).toBeUndefined();
    });

    test('refuses an older epoch and changes nothing', async () => {
      const zombie = await current().claim(id);
      const owner = await current().claim(id);

      const refused = await current().commit(aCommit(zombie.epoch));

      expect(refused).toBe('fenced');
      expect(await current().read(id, ['a'])).toEqual([undefined]);
      expect(await current().commit(aCommit(owner.epoch))).toBe('committed');
    });

    test('refuses a gap, an overlap and a step back, and changes nothing', async () => {
      const { epoch } = await current().claim(id);
      await current().commit(aCommit(epoch));

      const writes = new Map([['a', Buffer.from('wrong')]]);
      const gap = await current().commit(aCommit(epoch, { expected: 12, next: 20, writes }));
      const overlap = await current().commit(aCommit(epoch, { expected: 8, next: 20, writes }));
      const backwards = await current().commit(aCommit(epoch, { expected: 10, next: 5, writes }));

      expect([gap, overlap, backwards]).toEqual(['gap', 'gap', 'gap']);
      expect((await current().claim(id)).nextOffset).toBe(10);
      expect(Buffer.from((await current().read(id, ['a']))[0] ?? [])).toEqual(Buffer.from([0, 255, 13, 10]));
    });

    test('a commit repeated after a lost response takes effect once', async () => {
      const { epoch } = await current().claim(id);
      await current().commit(aCommit(epoch));

      expect(await current().commit(aCommit(epoch))).toBe('committed');
      expect((await current().claim(id)).nextOffset).toBe(10);
    });

    test('deletes states, and accepts many keys in one commit', async () => {
      const { epoch } = await current().claim(id);
      const keys = Array.from({ length: 5_000 }, (_, n) => `key ${n} ü`);
      await current().commit(aCommit(epoch, { writes: new Map(keys.map((key) => [key, Buffer.from(key)])) }));

      const deletion = { expected: 10, next: 11, writes: new Map([[keys[1] ?? '', null]]) };
      await current().commit(aCommit(epoch, deletion));

      const states = await current().read(id, keys);
      expect(states[1]).toBeUndefined();
      expect(states.filter((state) => state !== undefined)).toHaveLength(4_999);
      expect(Buffer.from(states[4_321] ?? []).toString()).toBe('key 4321 ü');
    });

    test('reports the owner of a partition, or that it never had one', async () => {
      const never = await current().check(id, 1);
      const commit = await current().commit(aCommit(1));
      const zombie = await current().claim(id);
      const owner = await current().claim(id);

      expect([never, commit]).toEqual(['lost', 'lost']);
      expect(await current().check(id, zombie.epoch)).toBe('fenced');
      expect(await current().check(id, owner.epoch)).toBe('ours');
    });

    test('a rebuild starts without state, is stored, and ends with the commit that marks its end', async () => {
      const { epoch } = await current().claim(id);
      await current().commit(aCommit(epoch));
      await current().forget(id, epoch - 1);
      await current().beginRebuild(id, epoch - 1, { until: 1, emitFrom: 1 });
      const undisturbed = await current().read(id, ['a']);

      await current().forget(id, epoch);
      const next = await current().claim(id);
      await current().beginRebuild(id, next.epoch, { until: 20, emitFrom: 15 });

      expect(undisturbed[0]).toBeDefined();
      expect(next).toMatchObject({ nextOffset: undefined, seen: new Map() });
      expect(await current().read(id, ['a'])).toEqual([undefined]);
      const last = await current().claim(id);
      expect(last.rebuild).toEqual({ until: 20, emitFrom: 15 });
      await current().commit(aCommit(last.epoch, { next: 20, endsRebuild: true }));
      expect((await current().claim(id)).rebuild).toBeUndefined();
    });

    test('a rebuild can also be ended explicitly, but not by an older owner', async () => {
      const zombie = await current().claim(id);
      const { epoch } = await current().claim(id);
      await current().beginRebuild(id, epoch, { until: 20, emitFrom: 15 });

      await current().endRebuild(id, zombie.epoch);
      const ignored = await current().claim(id);
      await current().endRebuild(id, ignored.epoch);

      expect(ignored.rebuild).toEqual({ until: 20, emitFrom: 15 });
      expect((await current().claim(id)).rebuild).toBeUndefined();
    });

    test('isolates partitions and stages from each other', async () => {
      const { epoch } = await current().claim(id);
      await current().commit(aCommit(epoch));

      expect((await current().claim({ ...id, partition: 4 })).nextOffset).toBeUndefined();
      expect(await current().read({ ...id, stage: `${id.stage}x` }, ['a'])).toEqual([undefined]);
    });
  });
}
