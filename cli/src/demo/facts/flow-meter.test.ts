import { expect, test } from 'vitest';
import { FlowMeter } from './flow-meter.js';
import { PeakMemory } from '@fraudflow/bench';

test('counts are the end offsets of all partitions, rates are the differences between two polls', async () => {
  let [nowMs, end] = [0, 10];
  const log = {
    offsets: async (topic: string) =>
      topic === 'features'
        ? [
            { start: 0, end },
            { start: 5, end: 5 },
          ]
        : [],
  };
  const meter = new FlowMeter(log, { scored: async () => 3 }, () => nowMs);
  const first = await meter.poll();

  [nowMs, end] = [2_000, 510];
  const second = await meter.poll();

  expect(first.features).toEqual({ count: 15, perSecond: 0 });
  expect(second.features).toEqual({ count: 515, perSecond: 250 });
  expect(second.scored).toEqual({ count: 3, perSecond: 0 });
  expect(second.labels).toEqual({ count: 0, perSecond: 0 });
});

test('the peak of each part is kept', () => {
  const memory = new PeakMemory();

  memory.sample({ scorer: 100, kafka: 300 });
  memory.sample({ scorer: 150.6, kafka: 200 });

  expect(memory.peaks()).toEqual({ scorer: 151, kafka: 300 });
});
