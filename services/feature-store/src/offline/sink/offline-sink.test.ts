import { conflict, unavailable } from '@fraudflow/core';
import { afterEach, expect, test, vi } from 'vitest';
import type { FeatureRow, OfflineLoad, OfflineStore, SetAsideRow } from './offline-store.port.js';
import { type Acceptance, OfflineSink, type SinkEvents } from './offline-sink.js';

const aRow = (transactionId: string): FeatureRow => ({
  transactionId,
  occurredAtMs: 1,
  customerId: 'c',
  terminalId: 'm',
  amountMinor: 1,
  currency: 'EUR',
  featureServiceVersion: 1,
  names: [],
  vector: new Float64Array(0),
  log: { partition: 0, offset: 0 },
  origin: undefined,
});

class RecordingStore {
  readonly loads: OfflineLoad[] = [];
  failures: Error[] = [];

  setAside: readonly SetAsideRow[] = [];

  async load(load: OfflineLoad): Promise<readonly SetAsideRow[]> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.loads.push(load);
    return this.setAside;
  }
}

const idsOf = (load: OfflineLoad | undefined): readonly string[] =>
  (load ?? []).flatMap(({ features }) => features.map(({ transactionId }) => transactionId));
const silent: SinkEvents = {
  rowsLoaded: () => undefined,
  rowsSetAside: () => undefined,
  loadFailed: () => undefined,
  partitionLost: () => undefined,
};
let sink: OfflineSink | undefined;

const aSink = (store: RecordingStore, events: Partial<SinkEvents> = {}, maxRows = 100): OfflineSink =>
  (sink = new OfflineSink(
    store as unknown as OfflineStore,
    { flushEveryMs: 60_000, maxRows },
    { ...silent, ...events },
  ));

afterEach(() => sink?.stop());

test('rows of several batches of a partition are loaded together with one move of its offset', async () => {
  const store = new RecordingStore();
  const subject = aSink(store);

  await subject.accept({ topic: 'features', partition: 3, from: 10, next: 12 }, [aRow('a'), aRow('b')], []);
  await subject.accept({ topic: 'features', partition: 3, from: 12, next: 13 }, [aRow('c')], []);
  await subject.flush();

  expect(store.loads).toHaveLength(1);
  expect(idsOf(store.loads[0])).toEqual(['a', 'b', 'c']);
  expect(store.loads[0]?.map(({ move }) => move)).toEqual([{ topic: 'features', partition: 3, from: 10, next: 13 }]);
});

test('the rows of a revoked partition are not loaded', async () => {
  const store = new RecordingStore();
  const subject = aSink(store);

  await subject.accept({ topic: 'features', partition: 0, from: 0, next: 1 }, [aRow('a')], []);
  await subject.accept({ topic: 'features', partition: 1, from: 0, next: 1 }, [aRow('b')], []);
  subject.forget({ topic: 'features', partition: 0 });
  await subject.flush();

  expect(idsOf(store.loads[0])).toEqual(['b']);
});

test('a failed load is retried with the same rows', async () => {
  vi.useFakeTimers();
  const store = new RecordingStore();
  store.failures = [unavailable('postgres is down'), unavailable('postgres is down')];
  const failed = vi.fn();
  const subject = aSink(store, { loadFailed: failed });

  await subject.accept({ topic: 'features', partition: 0, from: 0, next: 1 }, [aRow('a')], []);
  const flushed = subject.flush();
  await vi.advanceTimersByTimeAsync(2_000);
  await flushed;
  vi.useRealTimers();

  expect(failed).toHaveBeenCalledTimes(2);
  expect(store.loads).toHaveLength(1);
});

test('the sink exposes the load failure until a load succeeds', async () => {
  vi.useFakeTimers();
  const store = new RecordingStore();
  store.failures = [unavailable('postgres is down')];
  const subject = aSink(store);
  const before = subject.problem;

  await subject.accept({ topic: 'features', partition: 0, from: 0, next: 1 }, [aRow('a')], []);
  const flushed = subject.flush();
  await vi.advanceTimersByTimeAsync(1);
  const meanwhile = subject.problem;
  await vi.advanceTimersByTimeAsync(2_000);
  await flushed;
  vi.useRealTimers();

  expect([before, meanwhile?.message, subject.problem]).toEqual([undefined, 'postgres is down', undefined]);
});

test('rows that were set aside are reported and not counted as loaded', async () => {
  const store = new RecordingStore();
  const poison = {
    table: 'feature_rows',
    transactionId: 'b',
    log: { partition: 0, offset: 7 },
    reason: 'NUL',
  } as const;
  store.setAside = [poison];
  const [setAside, loaded] = [vi.fn(), vi.fn()];
  const subject = aSink(store, { rowsSetAside: setAside, rowsLoaded: loaded });

  await subject.accept({ topic: 'features', partition: 0, from: 0, next: 2 }, [aRow('a'), aRow('b')], []);
  await subject.flush();

  expect(setAside).toHaveBeenCalledExactlyOnceWith([poison]);
  expect(loaded).toHaveBeenCalledExactlyOnceWith(1, 0, expect.any(Number));
});

test('a partition that another worker has moved is dropped and its reader must restart, while the others are loaded', async () => {
  const store = new RecordingStore();
  store.failures = [conflict('moved', { code: 'OFFSET_MOVED', details: { topic: 'features', partition: 0 } })];
  const lost = vi.fn();
  const subject = aSink(store, { partitionLost: lost });

  await subject.accept({ topic: 'features', partition: 0, from: 0, next: 1 }, [aRow('a')], []);
  await subject.accept({ topic: 'features', partition: 1, from: 0, next: 1 }, [aRow('b')], []);
  await subject.flush();
  const accepted = await subject.accept({ topic: 'features', partition: 0, from: 1, next: 2 }, [aRow('c')], []);

  expect(lost).toHaveBeenCalledExactlyOnceWith('features:0');
  expect(idsOf(store.loads[0])).toEqual(['b']);
  expect(accepted).toBe('moved');
});

test('intake waits while the buffer holds twice the rows of a load', async () => {
  const store = new RecordingStore();
  const subject = aSink(store, {}, 1);

  for (let i = 0; i < 5; i++) {
    await subject.accept({ topic: 'features', partition: 0, from: i, next: i + 1 }, [aRow(`t${i}`)], []);
  }
  await subject.flush();

  expect(store.loads.flatMap(idsOf)).toHaveLength(5);
  expect(store.loads.length).toBeGreaterThan(1);
});

test('a caller that waits for capacity stops when its signal aborts, and its rows are not taken', async () => {
  const store = new RecordingStore();
  let release = (): void => undefined;
  const hung = new Promise<void>((resolve) => (release = resolve));
  store.load = () => hung.then(() => []);
  const subject = aSink(store, {}, 1);
  const abort = new AbortController();
  await subject.accept({ topic: 'features', partition: 0, from: 0, next: 1 }, [aRow('a')], []);
  await subject.accept({ topic: 'features', partition: 0, from: 1, next: 3 }, [aRow('b'), aRow('c')], []);

  const waiting = subject.accept({ topic: 'features', partition: 0, from: 3, next: 4 }, [aRow('d')], [], abort.signal);
  abort.abort();

  await expect(waiting).resolves.toBe('full');
  release();
});

/** Checks offsets like Postgres; the response of the next load can be withheld and then lost. */
class OffsetKeepingStore extends RecordingStore {
  readonly next = new Map<number, number>();
  /** Fails the current load although it has been committed. */
  loseResponse: (() => void) | undefined;
  loseNextResponse = false;

  override async load(load: OfflineLoad): Promise<readonly SetAsideRow[]> {
    for (const { move } of load) {
      const { topic, partition } = move;
      if ((this.next.get(partition) ?? 0) === move.from) continue;
      throw conflict('moved', { code: 'OFFSET_MOVED', details: { topic, partition } });
    }
    for (const { move } of load) this.next.set(move.partition, move.next);
    this.loads.push(load);
    if (!this.loseNextResponse) return [];
    this.loseNextResponse = false;
    return new Promise<never>((_resolve, reject) => {
      this.loseResponse = () => reject(unavailable('Connection terminated unexpectedly'));
    });
  }
}

test('a committed load whose response was lost is written once, and so are the rows accepted after it', async () => {
  vi.useFakeTimers();
  const store = new OffsetKeepingStore();
  const subject = aSink(store);
  const accept = (partition: number, from: number, ids: readonly string[]): Promise<Acceptance> =>
    subject.accept({ topic: 'features', partition, from, next: from + ids.length }, ids.map(aRow), []);

  store.loseNextResponse = true;
  await Promise.all([accept(0, 0, ['a']), accept(1, 0, ['A'])]);
  const flushed = subject.flush();
  await Promise.all([accept(0, 1, ['b']), accept(1, 1, ['B'])]);
  store.loseResponse?.();
  await vi.advanceTimersByTimeAsync(2_000);
  await flushed;
  vi.useRealTimers();
  // Both readers must restart at the stored offset 1.
  const outcomes = await Promise.all([accept(0, 2, ['c']), accept(1, 2, ['C'])]);
  await Promise.all([accept(0, 1, ['b', 'c']), accept(1, 1, ['B', 'C'])]);
  await subject.flush();

  expect(outcomes).toEqual(['moved', 'moved']);
  expect(store.loads.flatMap(idsOf).toSorted()).toEqual(['A', 'B', 'C', 'a', 'b', 'c']);
});

test('a batch that does not continue the buffered rows is refused, and the buffered rows are dropped', async () => {
  const store = new OffsetKeepingStore();
  const subject = aSink(store);
  const move = { topic: 'features', partition: 0 };

  await subject.accept({ ...move, from: 0, next: 2 }, [aRow('a'), aRow('b')], []);
  const again = await subject.accept({ ...move, from: 0, next: 2 }, [aRow('a'), aRow('b')], []);
  await subject.accept({ ...move, from: 0, next: 2 }, [aRow('a'), aRow('b')], []);
  await subject.flush();

  expect(again).toBe('moved');
  expect(store.loads.flatMap(idsOf)).toEqual(['a', 'b']);
});
