import { feastRegistryServer } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { type ListOptions, pageOf } from './listing.js';
import type { Listed } from './registry-objects.js';

const NAMES = ['delta', 'Alpha', 'charlie', 'bravo', 'echo'];
const objects: readonly Listed<string>[] = NAMES.map((name, i) => ({
  name,
  description: '',
  tags: i % 2 === 0 ? { parity: 'even' } : { parity: 'odd' },
  proto: name,
}));

const options = (part: Partial<ListOptions> = {}): ListOptions => ({
  tags: {},
  pagination: undefined,
  sorting: undefined,
  ...part,
});

test('without options all objects are listed in the order of the definitions', () => {
  const page = pageOf(objects, options());

  expect(page.items).toEqual(NAMES);
  expect(page.pagination).toMatchObject({ page: 0, totalCount: 5, totalPages: 1, hasNext: false, hasPrevious: false });
});

test('pages are numbered from 1 and report whether a previous and a next page exist', () => {
  const page = pageOf(objects, options({ pagination: { page: 2, limit: 2 } }));

  expect(page.items).toEqual(['charlie', 'bravo']);
  expect(page.pagination).toEqual(
    feastRegistryServer.PaginationMetadata.fromPartial({
      page: 2,
      limit: 2,
      totalCount: 5,
      totalPages: 3,
      hasNext: true,
      hasPrevious: true,
    }),
  );
});

test('a page beyond the last is empty', () => {
  expect(pageOf(objects, options({ pagination: { page: 9, limit: 2 } })).items).toEqual([]);
});

test('names are sorted case-insensitively, in descending order on request', () => {
  expect(pageOf(objects, options({ sorting: { sortBy: 'name', sortOrder: 'asc' } })).items).toEqual([
    'Alpha',
    'bravo',
    'charlie',
    'delta',
    'echo',
  ]);
  expect(pageOf(objects, options({ sorting: { sortBy: 'spec.name', sortOrder: 'desc' } })).items[0]).toBe('echo');
});

test('an unknown sort field leaves the order unchanged', () => {
  expect(pageOf(objects, options({ sorting: { sortBy: 'shoe_size', sortOrder: 'asc' } })).items).toEqual(NAMES);
});

test('an object is listed only if it has all the tags', () => {
  expect(pageOf(objects, options({ tags: { parity: 'odd' } })).items).toEqual(['Alpha', 'bravo']);
  expect(pageOf(objects, options({ tags: { parity: 'odd', other: 'x' } })).items).toEqual([]);
});
