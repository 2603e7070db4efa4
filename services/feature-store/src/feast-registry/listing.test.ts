import { feastRegistryServer } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { type ListWish, pageOf } from './listing.js';
import type { Listed } from './registry-objects.js';

const NAMES = ['delta', 'Alpha', 'charlie', 'bravo', 'echo'];
const objects: readonly Listed<string>[] = NAMES.map((name, i) => ({
  name,
  description: '',
  tags: i % 2 === 0 ? { parity: 'even' } : { parity: 'odd' },
  proto: name,
}));

const wish = (part: Partial<ListWish> = {}): ListWish => ({
  tags: {},
  pagination: undefined,
  sorting: undefined,
  ...part,
});

test('without a wish everything comes in the order of the definitions', () => {
  const page = pageOf(objects, wish());

  expect(page.items).toEqual(NAMES);
  expect(page.pagination).toMatchObject({ page: 0, totalCount: 5, totalPages: 1, hasNext: false, hasPrevious: false });
});

test('pages count from 1 and know their neighbours', () => {
  const page = pageOf(objects, wish({ pagination: { page: 2, limit: 2 } }));

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
  expect(pageOf(objects, wish({ pagination: { page: 9, limit: 2 } })).items).toEqual([]);
});

test('names sort without regard to case, downwards on request', () => {
  expect(pageOf(objects, wish({ sorting: { sortBy: 'name', sortOrder: 'asc' } })).items).toEqual([
    'Alpha',
    'bravo',
    'charlie',
    'delta',
    'echo',
  ]);
  expect(pageOf(objects, wish({ sorting: { sortBy: 'spec.name', sortOrder: 'desc' } })).items[0]).toBe('echo');
});

test('a field that no object has sorts nothing', () => {
  expect(pageOf(objects, wish({ sorting: { sortBy: 'shoe_size', sortOrder: 'asc' } })).items).toEqual(NAMES);
});

test('an object is listed only if it has all the tags', () => {
  expect(pageOf(objects, wish({ tags: { parity: 'odd' } })).items).toEqual(['Alpha', 'bravo']);
  expect(pageOf(objects, wish({ tags: { parity: 'odd', other: 'x' } })).items).toEqual([]);
});
