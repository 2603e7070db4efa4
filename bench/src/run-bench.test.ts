import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Bench } from './contract/bench.js';
import { spreadOf } from './report/figure.js';
import { runBench } from './run-bench.js';
import { QUIET_HOST } from '../test/quiet-host.js';

test('the spread over runs has the true median, for odd and even counts', () => {
  const run = (value: number) => ({ rate: { value, unit: '1/s' } });

  expect(spreadOf([run(3), run(1), run(10)])).toEqual({ rate: { min: 1, median: 3, max: 10, unit: '1/s' } });
  expect(spreadOf([run(1), run(4)])['rate']?.median).toBe(2.5);
});

test('a figure that one run could not measure is left out', () => {
  const figures = spreadOf([{ a: { value: 1, unit: 'ms' }, b: { value: Number.NaN, unit: 'ms' } }]);

  expect(Object.keys(figures)).toEqual(['a']);
});

test('a bench is opened once, measured the given number of times and closed, and its data are removed', async () => {
  const calls: string[] = [];
  let folder = '';
  const bench: Bench = {
    name: 'fake',
    description: '',
    open: async ({ dataDir }) => {
      folder = dataDir;
      calls.push('open');
      return {
        versions: { kafka: '1' },
        measure: async (run) => {
          calls.push(`measure ${run}`);
          return { rate: { value: run * 10, unit: '1/s' } };
        },
        close: async () => void calls.push('close'),
      };
    },
  };

  const report = await runBench(bench, 3, QUIET_HOST);

  expect(calls).toEqual(['open', 'measure 1', 'measure 2', 'measure 3', 'close']);
  expect(existsSync(folder)).toBe(false);
  expect(report).toMatchObject({ name: 'fake', runs: 3, figures: { rate: { min: 10, median: 20, max: 30 } } });
});

test('all pending work of a bench is aborted when it ends', async () => {
  let isOver: () => boolean = () => false;
  const bench: Bench = {
    name: 'failing',
    description: '',
    open: ({ host }) => {
      isOver = () => host.interrupted.aborted;
      return Promise.reject(new Error('no service became ready'));
    },
  };

  await expect(runBench(bench, 1, QUIET_HOST)).rejects.toThrow('no service became ready');

  expect(isOver()).toBe(true);
});

test('a measurement that fails still closes the bench', async () => {
  let isClosed = false;
  const bench: Bench = {
    name: 'failing',
    description: '',
    open: async () => ({
      versions: {},
      measure: () => Promise.reject(new Error('no model')),
      close: async () => void (isClosed = true),
    }),
  };

  await expect(runBench(bench, 3, QUIET_HOST)).rejects.toThrow('no model');

  expect(isClosed).toBe(true);
});
