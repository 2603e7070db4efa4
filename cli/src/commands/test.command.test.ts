import { expect, test } from 'vitest';
import { vitestArgs } from './test.command.js';

test('leaves out the long tests unless they are requested', () => {
  expect(vitestArgs([], {})).toEqual(['run', '--project=!full']);
  expect(vitestArgs([], { full: true })).toEqual(['run']);
});

test('passes further arguments on, and requests a report if a file is named', () => {
  const args = vitestArgs(['-t', 'murmur2'], { full: true, results: '/r.json' });

  expect(args).toEqual(['run', '--reporter=default', '--reporter=json', '--outputFile.json=/r.json', '-t', 'murmur2']);
});
