import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CheckpointStore } from '../src/session/checkpoint-store.port.js';

/** An empty store, and operations on it for tests. */
export interface CheckpointStoreFixture {
  readonly store: CheckpointStore;
  /** Resolves when the given time has passed for the store. */
  timePasses(ms: number): Promise<void>;
  /** Simulates a loss of all data of the store. */
  loseState(): Promise<void>;
  close(): Promise<void>;
}

const LONG_MS = 600_000;

/** Conformance suite for implementations of `CheckpointStore`. */
// oxlint-disable-next-line max-lines-per-function -- a conformance suite is one list
export function describeCheckpointStore(name: string, open: () => Promise<CheckpointStoreFixture>): void {
  // oxlint-disable-next-line max-lines-per-function -- as above
  describe(`checkpoint store: ${name}`, () => {
    let fixture: CheckpointStoreFixture;
    let store: CheckpointStore;

    beforeEach(async () => {
      fixture = await open();
      ({ store } = fixture);
    });
    afterEach(() => fixture.close());

    async function acquired(holder: string, leaseMs = LONG_MS): Promise<number> {
      const epoch = await store.acquire(holder, leaseMs);
      if (epoch === undefined) throw new Error(`${holder} was refused`);
      return epoch;
    }

    const text = async (): Promise<string | undefined> => {
      const blob = await store.load();
      return blob === undefined ? undefined : Buffer.from(blob).toString();
    };

    test('starts empty', async () => {
      expect(await store.load()).toBeUndefined();
    });

    test('keeps the bytes of the newest checkpoint exactly', async () => {
      const epoch = await acquired('a');
      const bytes = Buffer.concat([Buffer.from([0, 255, 13, 10, 0]), randomBytes(100_000)]);
      const part = bytes.subarray(3, 90_000);

      expect(await store.save(epoch, bytes)).toBe(true);
      expect(Buffer.compare((await store.load()) ?? Buffer.of(), bytes)).toBe(0);
      expect(await store.save(epoch, part)).toBe(true);
      expect(Buffer.compare((await store.load()) ?? Buffer.of(), part)).toBe(0);
    });

    test('gives the lease to one holder, each time with a higher epoch', async () => {
      const first = await acquired('a');
      const again = await acquired('a');

      expect(first).toBeGreaterThan(0);
      expect(again).toBeGreaterThan(first);
      expect(Number.isSafeInteger(again)).toBe(true);
      expect(await store.acquire('b', LONG_MS)).toBeUndefined();
    });

    test('gives the lease to exactly one of several concurrent holders', async () => {
      const epochs = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => store.acquire(holder, LONG_MS)));

      expect(epochs.filter((epoch) => epoch !== undefined)).toHaveLength(1);
    });

    test('gives the lease to another holder after it has expired, and refuses all requests of the first holder', async () => {
      const replaced = await acquired('a', 40);
      await store.save(replaced, Buffer.from('old'));
      await fixture.timePasses(40);
      const epoch = await acquired('b');

      expect(epoch).toBeGreaterThan(replaced);
      expect(await store.renew(replaced, 'a', LONG_MS)).toBe(false);
      expect(await store.save(replaced, Buffer.from('late'))).toBe(false);
      expect(await text()).toBe('old');
      await store.release(replaced, 'a');
      expect(await store.acquire('c', LONG_MS)).toBeUndefined();
    });

    test('a renewed lease lasts longer than the first lease', async () => {
      const epoch = await acquired('a', 40);
      expect(await store.renew(epoch, 'a', LONG_MS)).toBe(true);

      await fixture.timePasses(40);

      expect(await store.acquire('b', LONG_MS)).toBeUndefined();
    });

    test('an expired lease can be renewed if no other holder has acquired it', async () => {
      const epoch = await acquired('a', 40);
      await fixture.timePasses(40);

      expect(await store.renew(epoch, 'a', LONG_MS)).toBe(true);
      expect(await store.acquire('b', LONG_MS)).toBeUndefined();
    });

    test('a released lease can be acquired immediately, and the checkpoint is kept', async () => {
      const epoch = await acquired('a');
      await store.save(epoch, Buffer.from('kept'));
      await store.release(epoch, 'a');

      expect(await acquired('b')).toBeGreaterThan(epoch);
      expect(await text()).toBe('kept');
    });

    describe('after a loss of its data', () => {
      test('issues no epoch a second time', async () => {
        const epochs = [await acquired('a'), await acquired('a'), await acquired('a')];
        await fixture.loseState();

        expect(await acquired('b')).toBeGreaterThan(Math.max(...epochs));
      });

      test('refuses the earlier instance, whether or not another instance has acquired the lease', async () => {
        const before = await acquired('a');
        await fixture.loseState();

        expect(await store.renew(before, 'a', LONG_MS)).toBe(false);
        expect(await store.save(before, Buffer.from('old'))).toBe(false);
        const epoch = await acquired('b');
        expect(await store.save(before, Buffer.from('old'))).toBe(false);
        expect(await store.save(epoch, Buffer.from('new'))).toBe(true);
        expect(await text()).toBe('new');
      });
    });
  });
}
