import { expect, test } from 'vitest';
import { featureValue, figure, moment, percent, span } from './figures.js';

test('numbers have four digits, and large ones all digits of their whole part', () => {
  expect([0, 0.012345, 12.3456, -3718.4, 1_234_567.8, 1e13, 3e-7].map(figure)).toEqual([
    '0',
    '0.01235',
    '12.35',
    '-3,718',
    '1,234,568',
    '1.00e+13',
    '3.00e-7',
  ]);
});

test('an unknown figure is a dash', () => {
  expect([figure(Number.NaN), percent(Number.NaN), span(Infinity), moment(0)]).toEqual(['-', '-', '-', '-']);
});

test('a positive share is not shown as zero', () => {
  expect([0, 0.0001, 0.001, 0.123, 1].map(percent)).toEqual(['0.0 %', '<0.1 %', '0.1 %', '12.3 %', '100.0 %']);
});

test('spans are shown in the largest unit of which they contain at least two', () => {
  expect([12.4, 1_500, 119_000, 121_000, 3 * 3_600_000, 50 * 3_600_000].map(span)).toEqual([
    '12 ms',
    '1.5 s',
    '119.0 s',
    '2.0 min',
    '3.0 h',
    '2.1 d',
  ]);
});

test('moments are UTC, those of features in seconds', () => {
  expect(moment(Date.UTC(2026, 4, 1, 12))).toBe('2026-05-01 12:00:00Z');
  expect(featureValue(Date.UTC(2026, 4, 1, 12) / 1_000, 'unix_timestamp')).toBe('2026-05-01 12:00:00Z');
  expect(featureValue(1.5, 'double')).toBe('1.5');
});
