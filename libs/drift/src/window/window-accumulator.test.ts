import { describe, expect, test } from 'vitest';
import { WINDOW_MS, aProfile, drawRow, scoreOf, seededRandom } from '../../test/simulated-stream.js';
import { evaluateWindow } from '../verdict/evaluate-window.js';
import { WindowAccumulator } from './window-accumulator.js';

const profile = aProfile(seededRandom(1), 500);
const random = seededRandom(2);
const rows = Array.from({ length: 600 }, (_, i) => ({
  row: drawRow(random),
  atMs: Math.floor((i * 2 * WINDOW_MS) / 600),
}));
const options = { sizeMs: WINDOW_MS, sampleRows: 100 };

function accumulated(part: typeof rows): WindowAccumulator {
  const accumulator = new WindowAccumulator(profile, options);
  for (const { row, atMs } of part) accumulator.add(row, scoreOf(row), atMs);
  return accumulator;
}

const text = (accumulator: WindowAccumulator): string => JSON.stringify(accumulator.toJson());

describe('windows', () => {
  test('hold [start, start + size) and close once the watermark passes their end', () => {
    const accumulator = new WindowAccumulator(profile, options);
    const row = new Float64Array(15);
    accumulator.add(row, 0.1, WINDOW_MS - 1);
    accumulator.add(row, 0.1, WINDOW_MS);

    expect(accumulator.closeUpTo(WINDOW_MS - 1)).toEqual([]);
    expect(accumulator.closeUpTo(WINDOW_MS).map((window) => [window.startMs, window.rows])).toEqual([[0, 1]]);
    expect(accumulator.openWindows).toBe(1);
  });

  test('a row of a closed window is late and counted', () => {
    const accumulator = new WindowAccumulator(profile, options);
    accumulator.closeUpTo(WINDOW_MS);

    expect(accumulator.add(new Float64Array(15), 0.1, 5)).toBe('late');
    expect(accumulator.lateRows).toBe(1);
  });

  test('a row that would open too many windows is refused and counted', () => {
    const accumulator = new WindowAccumulator(profile, { ...options, maxOpenWindows: 1 });
    accumulator.add(new Float64Array(15), 0.1, 0);

    expect(accumulator.add(new Float64Array(15), 0.1, WINDOW_MS)).toBe('refused');
    expect(accumulator.refusedRows).toBe(1);
  });
});

describe('determinism', () => {
  test('the order of rows does not matter', () => {
    expect(text(accumulated(rows.toReversed()))).toBe(text(accumulated(rows)));
  });

  test('merged partitions equal a single pass, sample included', () => {
    const merged = accumulated(rows.filter((_, i) => i % 3 === 0));
    merged.merge(accumulated(rows.filter((_, i) => i % 3 !== 0)));

    expect(text(merged)).toBe(text(accumulated(rows)));
  });

  test('a run restored from a checkpoint gives the same verdict bytes', () => {
    const before = accumulated(rows.slice(0, 250));
    const after = WindowAccumulator.fromJson(JSON.parse(text(before)), profile, options);
    for (const { row, atMs } of rows.slice(250)) after.add(row, scoreOf(row), atMs);

    const restored = after.closeUpTo(2 * WINDOW_MS).map((window) => evaluateWindow(profile, window));
    const straight = accumulated(rows)
      .closeUpTo(2 * WINDOW_MS)
      .map((window) => evaluateWindow(profile, window));

    expect(JSON.stringify(restored)).toBe(JSON.stringify(straight));
    expect(straight).toHaveLength(2);
  });
});

test('the row sample is bounded while counts are complete', () => {
  const [window] = accumulated(rows).closeUpTo(WINDOW_MS);

  expect(window?.rows).toBe(300);
  expect(window?.sample.size).toBe(100);
});

test('beyond the maximum of open windows the latest is dropped, never the current one', () => {
  const accumulator = new WindowAccumulator(profile, { ...options, maxOpenWindows: 2 });
  const row = new Float64Array(15);
  for (const index of [0, 900, 800]) accumulator.add(row, 0.1, index * WINDOW_MS);

  const fates = [1, 950].map((index) => accumulator.add(row, 0.1, index * WINDOW_MS));

  expect(fates).toEqual(['counted', 'refused']);
  expect(accumulator.refusedRows).toBe(3);
  expect(accumulator.closeUpTo(2 * WINDOW_MS).map((window) => window.rows)).toEqual([1, 1]);
});

test('accumulators of another model or watermark cannot be merged, and foreign checkpoints cannot be loaded', () => {
  const ahead = new WindowAccumulator(profile, options);
  ahead.closeUpTo(WINDOW_MS);

  expect(() => accumulated(rows).merge(ahead)).toThrow(/cannot be merged/);
  expect(() => WindowAccumulator.fromJson(ahead.toJson(), profile, { sizeMs: 1 })).toThrow(/window size/);
});

test('a row of the wrong width or time is refused', () => {
  const accumulator = new WindowAccumulator(profile, options);

  expect(() => accumulator.add([1], 0.1, 0)).toThrow(/1 features/);
  expect(() => accumulator.add(new Float64Array(15), 0.1, NaN)).toThrow(/event time/);
});
