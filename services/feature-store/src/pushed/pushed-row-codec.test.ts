import { expect, test } from 'vitest';
import { aPushedView } from '../../test/serving-fixture.js';
import type { PushedRow } from './pushed-row.js';
import { decodePushedRow, encodePushedRow } from './pushed-row-codec.js';

const view = aPushedView();
const aRow = (change: Partial<PushedRow> = {}): PushedRow => ({
  entityKey: 'c1',
  eventAt: { seconds: 1_777_633_200, nanos: 123_456_789 },
  createdAt: { seconds: 1_777_633_201, nanos: 1 },
  values: [0.1, 'é✓', true, -9_223_372_036_854_775_808n],
  ...change,
});

test('a decoded row equals the encoded one in all types, to the nanosecond', () => {
  expect(decodePushedRow(view, 'c1', encodePushedRow(view, aRow()))).toEqual(aRow());
});

test('missing values, empty texts and false are distinguished', () => {
  const row = aRow({ values: [null, '', false, null] });

  expect(decodePushedRow(view, 'c1', encodePushedRow(view, row))).toEqual(row);
});

test('a row written before a view gained, lost and moved features can be decoded', () => {
  const [limit, segment, business, opened] = view.features;
  const bytes = encodePushedRow(view, aRow());
  const added = { name: 'added', view: view.name, dtype: 'double', description: '' } as const;

  const features = [business, added, limit, opened].filter((feature) => feature !== undefined);

  expect(segment?.name).toBe('risk_segment');
  expect(decodePushedRow({ ...view, features }, 'c1', bytes)?.values).toEqual([
    true,
    null,
    0.1,
    -9_223_372_036_854_775_808n,
  ]);
});

test('every damaged byte is detected', () => {
  const bytes = encodePushedRow(view, aRow());

  for (let i = 0; i < bytes.length; i++) {
    const damaged = Buffer.from(bytes);
    damaged[i] = (damaged[i] ?? 0) ^ 0x10;
    expect(decodePushedRow(view, 'c1', damaged)).toBeUndefined();
  }
  expect(decodePushedRow(view, 'c1', bytes.subarray(0, 20))).toBeUndefined();
  expect(decodePushedRow(view, 'c1', Buffer.alloc(0))).toBeUndefined();
});
