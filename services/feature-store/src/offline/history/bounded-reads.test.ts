import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BoundedReads } from './bounded-reads.js';
import { Slots } from './slots.js';

const { signal } = new AbortController();
const TIMEOUT_MS = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream of numbers that records whether it is open. */
function aSource(count: number) {
  const state = { isOpen: false };
  async function* open(): AsyncGenerator<number> {
    state.isOpen = true;
    try {
      for (let i = 0; i < count; i++) yield i;
    } finally {
      state.isOpen = false;
    }
  }
  return { state, open };
}

test('a stream that is read to its end yields every value and releases its slot', async () => {
  const slots = new Slots(1);
  const reads = new BoundedReads(slots, TIMEOUT_MS);
  const seen: number[] = [];

  for (let run = 0; run < 2; run++) {
    const { state, open } = aSource(3);
    for await (const value of reads.run(open, signal)) seen.push(value);
    expect(state.isOpen).toBe(false);
  }

  expect(seen).toEqual([0, 1, 2, 0, 1, 2]);
});

test('the stream of a reader that stops reading is closed, and its slot is reused', async () => {
  const reads = new BoundedReads(new Slots(1), TIMEOUT_MS);
  const { state, open } = aSource(3);
  const slow = reads.run(open, signal);
  await slow.next();

  const next = reads.run(aSource(1).open, signal).next();
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
  const before = state.isOpen;
  await vi.advanceTimersByTimeAsync(1);

  expect([before, state.isOpen]).toEqual([true, false]);
  await expect(next).resolves.toEqual({ done: false, value: 0 });
  await expect(slow.next()).rejects.toMatchObject({ kind: 'timeout', code: 'READER_TOO_SLOW' });
});

test('the time a source needs for a message does not count against the reader', async () => {
  const reads = new BoundedReads(new Slots(1), TIMEOUT_MS);
  async function* slowly(): AsyncGenerator<number> {
    for (let i = 0; i < 2; i++) {
      await new Promise((resolve) => setTimeout(resolve, 2 * TIMEOUT_MS));
      yield i;
    }
  }
  const seen: number[] = [];

  const reading = (async () => {
    for await (const value of reads.run(slowly, signal)) seen.push(value);
  })();
  await vi.advanceTimersByTimeAsync(5 * TIMEOUT_MS);
  await reading;

  expect(seen).toEqual([0, 1]);
});

test('a reader that stops early releases the slot', async () => {
  const reads = new BoundedReads(new Slots(1), TIMEOUT_MS);
  for await (const value of reads.run(aSource(3).open, signal)) if (value === 1) break;

  await expect(reads.run(aSource(1).open, signal).next()).resolves.toEqual({ done: false, value: 0 });
});
