import { DAY_MS, HOUR_MS } from '@fraudflow/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Watermark, type WatermarkOptions } from './watermark.js';

const T0 = Date.UTC(2025, 2, 3);
const options: WatermarkOptions = { partitions: 2, idleMs: 36 * HOUR_MS, maxJumpMs: 6 * HOUR_MS, jumpRows: 10 };

/** Adds one row every ten minutes, alternating between the partitions. */
function steady(watermark: Watermark, fromMs: number, rows: number): void {
  for (let i = 0; i < rows; i++) watermark.observe(i % 2, fromMs + i * 600_000);
  watermark.advance();
}

const hoursAfter = (watermark: Watermark, sinceMs: number): number => (watermark.valueMs - sinceMs) / HOUR_MS;

describe('a row far ahead of all others', () => {
  test.each([1, 9])('does not advance event time, also with %i such rows among ordinary rows', (count) => {
    const watermark = new Watermark(options);
    steady(watermark, T0, 144);
    for (let i = 0; i < count; i++) watermark.observe(0, T0 + 300 * DAY_MS + i);

    steady(watermark, T0 + DAY_MS, 60);

    expect(hoursAfter(watermark, T0)).toBeCloseTo(33.67, 1);
    expect(watermark).toMatchObject({ aheadRows: count, newestAheadMs: T0 + 300 * DAY_MS + count - 1, jumps: 0 });
    expect(watermark.jumpVotes).toBe(0);
  });

  test('can be the first row of the stream', () => {
    const watermark = new Watermark(options);
    watermark.observe(1, T0 + 300 * DAY_MS);

    steady(watermark, T0, 144);

    expect(hoursAfter(watermark, T0)).toBeCloseTo(23.67, 1);
  });

  test('does not advance event time even if every third row is such a row', () => {
    const watermark = new Watermark(options);
    for (let i = 0; i < 600; i++) {
      watermark.observe(i % 2, i % 3 === 0 ? T0 + 40 * DAY_MS + i : T0 + i * 60_000);
      watermark.advance();
    }

    expect(hoursAfter(watermark, T0)).toBeLessThan(10);
    expect(watermark.aheadRows).toBeGreaterThan(180);
  });
});

describe('after a gap in the stream', () => {
  test('event time continues when enough rows are ahead', () => {
    const watermark = new Watermark(options);
    steady(watermark, T0, 144);

    steady(watermark, T0 + 5 * DAY_MS, 9);
    const before = hoursAfter(watermark, T0);
    steady(watermark, T0 + 5 * DAY_MS + 2 * HOUR_MS, 2);

    expect(before).toBeLessThan(24);
    expect(hoursAfter(watermark, T0)).toBeGreaterThan(120);
    expect(watermark.jumps).toBe(1);
  });

  test('event time continues also with sparse rows', () => {
    const watermark = new Watermark(options);
    steady(watermark, T0, 144);

    for (let i = 0; i < 12; i++) watermark.observe(i % 2, T0 + 5 * DAY_MS + i * 5 * HOUR_MS);
    watermark.advance();

    expect(watermark.newestMs).toBe(T0 + 5 * DAY_MS + 55 * HOUR_MS);
  });
});

test('with a required majority of one, a single row advances event time', () => {
  const watermark = new Watermark({ ...options, jumpRows: 1 });
  steady(watermark, T0, 10);
  watermark.observe(0, T0 + 5 * DAY_MS);

  expect(watermark.advance()).toBe(T0 + 5 * DAY_MS);
});

test('a watermark restored from JSON gives the same values as the original, and never decreases', () => {
  const row = fc.record({
    partition: fc.integer({ min: 0, max: 1 }),
    atMs: fc.oneof(
      fc.integer({ min: 0, max: 40 }).map((hours) => T0 + hours * HOUR_MS),
      fc.constantFrom(T0 + 30 * DAY_MS, T0 + 31 * DAY_MS),
    ),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 120 }), fc.nat({ max: 120 }), (rows, cut) => {
      const original = new Watermark(options);
      let resumed = new Watermark(options);
      rows.forEach(({ partition, atMs }, i) => {
        if (i === cut) resumed = Watermark.fromJson(JSON.parse(JSON.stringify(resumed.toJson())), options);
        const before = original.valueMs;
        for (const watermark of [original, resumed]) watermark.observe(partition, atMs);

        expect(original.advance()).toBeGreaterThanOrEqual(before);
        expect(resumed.advance()).toBe(original.valueMs);
      });
      expect(resumed.toJson()).toEqual(original.toJson());
    }),
    { seed: 3, numRuns: 200 },
  );
});
