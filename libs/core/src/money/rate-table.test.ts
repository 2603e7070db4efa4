import { expect, test } from 'vitest';
import { convertMinor, parseRate } from './exchange-rate.js';
import { RateTable } from './rate-table.js';

const DAY_MS = 86_400_000;

function aTable(...rates: readonly (readonly [currency: string, text: string, effectiveAtMs: number])[]): RateTable {
  const table = new RateTable();
  for (const [currency, text, effectiveAtMs] of rates) {
    table.set({ currency, baseCurrency: 'EUR', text, effectiveAtMs });
  }
  return table;
}

test.each([
  [1_000, '0.0058', 0, 580],
  [1_234, '2.95', 3, 364],
  [100, '0.005', 2, 0],
  [300, '0.005', 2, 2],
  [500, '0.005', 2, 2],
  [700, '0.005', 2, 4],
  [501, '0.005', 2, 3],
  [0, '0.9', 2, 0],
  [99_999_999_999_999, '0.000000001', 2, 100_000],
  [1, '999999999999.999999999999', 2, 1_000_000_000_000],
])('%d minor units at %s with %d decimals are %d cents: exact, half to even', (minor, rate, decimals, cents) => {
  expect(convertMinor(minor, parseRate(rate), decimals, 2)).toBe(cents);
});

test.each(['', '0', '0.0', '-1', '1e3', '.5', '1.', '1,5', '1234567890123', '0.1234567890123', ' 1'])(
  '%j is not a rate',
  (text) => {
    expect(() => parseRate(text)).toThrow(expect.objectContaining({ code: 'RATE_INVALID', field: 'rate' }) as Error);
  },
);

test('the rate as of an instant is the latest that is effective by then', () => {
  const table = aTable(['USD', '0.9', 1_000], ['USD', '0.8', 3_000], ['USD', '0.7', 2_000]);
  const at = (atMs: number): string | undefined => table.at('USD', 'EUR', atMs, DAY_MS)?.text;

  expect([999, 1_000, 1_999, 2_000, 2_999, 3_000, 9_000].map(at)).toEqual([
    undefined,
    '0.9',
    '0.9',
    '0.7',
    '0.7',
    '0.8',
    '0.8',
  ]);
  expect(table.at('EUR', 'USD', 3_000, DAY_MS)).toBeUndefined();
});

test('a rate older than the maximum age is not used', () => {
  const table = aTable(['USD', '0.9', 0]);

  expect(table.at('USD', 'EUR', DAY_MS, DAY_MS)?.text).toBe('0.9');
  expect(table.at('USD', 'EUR', DAY_MS + 1, DAY_MS)).toBeUndefined();
});

test('a rate added again for the same instant replaces the former one', () => {
  const table = aTable(['USD', '0.9', 5], ['USD', '0.8', 5]);

  expect(table.list()).toEqual([{ currency: 'USD', baseCurrency: 'EUR', text: '0.8', effectiveAtMs: 5 }]);
  expect(table.size).toBe(1);
  expect(table.delete('USD', 'EUR', 5)).toBe(true);
  expect(table.delete('USD', 'EUR', 5)).toBe(false);
  expect(table.size).toBe(0);
});

test('a full table refuses new rates and accepts corrections', () => {
  const table = new RateTable(1);
  const rate = { currency: 'USD', baseCurrency: 'EUR', text: '0.9', effectiveAtMs: 1 };
  table.set(rate);

  expect(() => table.set({ ...rate, effectiveAtMs: 2 })).toThrow(
    expect.objectContaining({ code: 'RATE_TABLE_FULL' }) as Error,
  );
  table.set({ ...rate, text: '0.8' });
  expect(table.at('USD', 'EUR', 9, DAY_MS)?.text).toBe('0.8');
});

test('an amount is converted by the rate of its time', () => {
  const table = aTable(['JPY', '0.0058', 0], ['JPY', '0.006', 100]);
  const base = { currency: 'EUR', maxAgeMs: DAY_MS };

  expect(table.convert({ minor: 1_000, currency: 'JPY' }, base, 99)).toEqual({ baseAmountMinor: 580, rate: '0.0058' });
  expect(table.convert({ minor: 1_000, currency: 'JPY' }, base, 100)).toEqual({ baseAmountMinor: 600, rate: '0.006' });
  expect(table.convert({ minor: 1_000, currency: 'SEK' }, base, 100)).toBeUndefined();
});

test('rates added in any order are found like by a linear search', () => {
  let seed = 7;
  const random = (below: number): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) % below;
  const table = new RateTable();
  const all = new Map<number, string>();
  for (let round = 0; round < 500; round++) {
    const effectiveAtMs = random(1_000);
    const text = `${1 + random(999)}.5`;
    all.set(effectiveAtMs, text);
    table.set({ currency: 'USD', baseCurrency: 'EUR', text, effectiveAtMs });
  }
  for (let atMs = 0; atMs < 1_010; atMs += 3) {
    const newest = Math.max(...[...all.keys()].filter((time) => time <= atMs));
    expect(table.at('USD', 'EUR', atMs, DAY_MS)?.text).toBe(all.get(newest));
  }
});
