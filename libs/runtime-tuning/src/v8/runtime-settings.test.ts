import { expect, test } from 'vitest';
import { environmentOf, nodeFlagsOf, type RuntimeSettings } from './runtime-settings.js';

const settings: RuntimeSettings = {
  heap: { youngMiB: 8, oldMiB: 100 },
  nodeFlags: ['--a', '--b=1'],
  fewCores: { atMost: 2, nodeFlags: ['--c'] },
  mallocArenas: 3,
  environment: { NAME: 'value' },
};

test('the flags for few cores are added up to the core limit, after all others', () => {
  const always = ['--max-semi-space-size=8', '--max-old-space-size=100', '--a', '--b=1'];

  expect(nodeFlagsOf(settings, 2)).toEqual([...always, '--c']);
  expect(nodeFlagsOf(settings, 3)).toEqual(always);
});

test('the size of the thread pool is set only if the settings contain it', () => {
  expect(environmentOf(settings)).toEqual({ MALLOC_ARENA_MAX: '3', NAME: 'value' });
  expect(environmentOf({ ...settings, uvThreads: 2 })).toMatchObject({ UV_THREADPOOL_SIZE: '2' });
});
