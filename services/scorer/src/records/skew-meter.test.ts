import { FixedClock } from '@fraudflow/core';
import { expect, test } from 'vitest';
import type { PredictResult } from '../scoring/predict.service.js';
import { aTransaction } from '../../test/support/a-scorer.js';
import { RecentMax } from './recent-max.js';
import { maxAbsDifference, SkewMeter, type SkewResult } from './skew-meter.js';

function aMeter(capacity: number): { meter: SkewMeter; measured: [SkewResult, number][] } {
  const measured: [SkewResult, number][] = [];
  return { measured, meter: new SkewMeter(capacity, { skewMeasured: (...result) => measured.push(result) }) };
}

function aResult(transactionId: string, ...vector: number[]): PredictResult {
  return {
    transaction: aTransaction({ transactionId }),
    vector: Float64Array.from(vector),
  } as unknown as PredictResult;
}

test('vectors with equal values and equal missing values are reported as equal', () => {
  const { meter, measured } = aMeter(10);
  meter.predicted(aResult('t1', 1, Number.NaN));

  meter.streamed(aTransaction(), Float64Array.of(1, Number.NaN));

  expect(measured).toEqual([['equal', 0]]);
});

test('the largest difference is reported', () => {
  const { meter, measured } = aMeter(10);
  meter.predicted(aResult('t1', 1, 5, 7));

  meter.streamed(aTransaction(), Float64Array.of(1, 2, 8));

  expect(measured).toEqual([['different', 3]]);
});

test('a value missing on one side only is reported as NaN', () => {
  expect(maxAbsDifference(Float64Array.of(1, Number.NaN), Float64Array.of(1, 0))).toBeNaN();
});

test('a transaction is compared once, and only if there was a request for it', () => {
  const { meter, measured } = aMeter(10);
  meter.predicted(aResult('t1', 1));
  meter.predicted(aResult('t1', 1));

  for (const transactionId of ['t1', 't1', 't2']) meter.streamed(aTransaction({ transactionId }), Float64Array.of(1));

  expect(measured).toEqual([['equal', 0]]);
});

test('the window is bounded: the oldest vector is evicted and counted', () => {
  const { meter, measured } = aMeter(2);

  for (const id of ['t1', 't2', 't3']) meter.predicted(aResult(id, 1));

  expect(measured).toEqual([['unmatched', 0]]);
  expect(['t1', 't2', 't3'].map((id) => meter.isWaitingFor(id))).toEqual([false, true, true]);
});

test('another transaction under the same id is not compared', () => {
  const { meter, measured } = aMeter(10);
  meter.predicted(aResult('t1', 1));

  meter.streamed(aTransaction({ amountMinor: 99_900 }), Float64Array.of(999));

  expect(measured).toEqual([['other_transaction', 0]]);
});

test('the recent maximum expires after two periods', () => {
  const clock = new FixedClock(0);
  const max = new RecentMax(clock, 1_000);
  max.add(Infinity);
  clock.advance(1_500);
  max.add(2);
  const afterOne = max.value;
  clock.advance(1_000);

  expect([afterOne, max.value]).toEqual([Infinity, 2]);
  clock.advance(10_000);
  expect(max.value).toBe(0);
});
