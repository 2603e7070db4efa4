import { FixedClock } from '@fraudflow/core';
import { expect, test } from 'vitest';
import type { Answer } from '../request/predict.service.js';
import { aTransaction } from '../testing/a-scorer.js';
import { RecentMax } from './recent-max.js';
import { maxAbsDifference, SkewMeter, type SkewResult } from './skew-meter.js';

function aMeter(capacity: number): { meter: SkewMeter; measured: [SkewResult, number][] } {
  const measured: [SkewResult, number][] = [];
  return { measured, meter: new SkewMeter(capacity, { skewMeasured: (...result) => measured.push(result) }) };
}

function anAnswer(transactionId: string, ...vector: number[]): Answer {
  return { transaction: aTransaction({ transactionId }), vector: Float64Array.from(vector) } as unknown as Answer;
}

test('a request and the stream that agree are equal, missing values included', () => {
  const { meter, measured } = aMeter(10);
  meter.answered(anAnswer('t1', 1, Number.NaN));

  meter.streamed(aTransaction(), Float64Array.of(1, Number.NaN));

  expect(measured).toEqual([['equal', 0]]);
});

test('the largest difference is told', () => {
  const { meter, measured } = aMeter(10);
  meter.answered(anAnswer('t1', 1, 5, 7));

  meter.streamed(aTransaction(), Float64Array.of(1, 2, 8));

  expect(measured).toEqual([['different', 3]]);
});

test('a value missing on one side is a difference without size', () => {
  expect(maxAbsDifference(Float64Array.of(1, Number.NaN), Float64Array.of(1, 0))).toBeNaN();
});

test('a transaction is compared once; one nobody asked about is not compared', () => {
  const { meter, measured } = aMeter(10);
  meter.answered(anAnswer('t1', 1));
  meter.answered(anAnswer('t1', 1));

  for (const transactionId of ['t1', 't1', 't2']) meter.streamed(aTransaction({ transactionId }), Float64Array.of(1));

  expect(measured).toEqual([['equal', 0]]);
});

test('the window is bounded: the oldest is given up and counted', () => {
  const { meter, measured } = aMeter(2);

  for (const id of ['t1', 't2', 't3']) meter.answered(anAnswer(id, 1));

  expect(measured).toEqual([['unmatched', 0]]);
  expect(['t1', 't2', 't3'].map((id) => meter.isWaitingFor(id))).toEqual([false, true, true]);
});

test('another transaction under the same id says nothing about skew', () => {
  const { meter, measured } = aMeter(10);
  meter.answered(anAnswer('t1', 1));

  meter.streamed(aTransaction({ amountMinor: 99_900 }), Float64Array.of(999));

  expect(measured).toEqual([['other_transaction', 0]]);
});

test('the largest recent value is forgotten after two periods', () => {
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
