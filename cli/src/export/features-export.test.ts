import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { MemoryBus } from '@fraudflow/messaging';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ExportProgress, exportFeatures } from './features-export.js';
import { EXPORT_HEADER, exportLine, PUBLISHED_FEATURES } from './handbook-features.js';

const RECORDS = 2_500;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'features-export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const vector = (value: number): Record<string, number> =>
  Object.fromEntries([['tx_amount', 1], ...PUBLISHED_FEATURES.map((name): [string, number] => [name, value])]);

async function busWith(values: readonly string[]): Promise<MemoryBus> {
  const bus = new MemoryBus();
  const spec = { name: 'features', partitions: 2, retentionMs: -1, cleanup: 'delete', maxMessageBytes: 1e6 } as const;
  await bus.admin.createTopics([spec]);
  const records = values.map((value, n) => ({ topic: 'features', partition: n % 2, key: 'm', value, headers: {} }));
  await bus.producer().write(records);
  return bus;
}

const event = (id: number): string =>
  JSON.stringify({ transaction: { transaction_id: `t${id}` }, features: vector(id / 3) });

async function exported(bus: MemoryBus, path: string): Promise<ExportProgress | undefined> {
  let last: ExportProgress | undefined;
  for await (last of exportFeatures(bus.admin, path));
  return last;
}

test('every vector becomes a line that parses to the same doubles', async () => {
  const bus = await busWith(Array.from({ length: RECORDS }, (_, id) => event(id)));
  const path = join(folder, 'out.csv');

  const last = await exported(bus, path);

  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(last).toEqual({ rows: RECORDS, done: RECORDS, total: RECORDS });
  expect(header).toBe(EXPORT_HEADER);
  expect(new Set(lines.map((line) => line.split(',')[0])).size).toBe(RECORDS);
  for (const line of lines) {
    const [id = '', first] = line.split(',');
    expect(Number(first)).toBe(Number(id.slice(1)) / 3);
  }
});

test('a file whose name ends in .gz is compressed and has the same content', async () => {
  const bus = await busWith([event(1), event(2)]);
  const [plain, packed] = [join(folder, 'a.csv'), join(folder, 'a.csv.gz')];

  await exported(bus, plain);
  await exported(bus, packed);

  expect(gunzipSync(readFileSync(packed)).toString()).toBe(readFileSync(plain, 'utf8'));
});

test('a failed export leaves no file', async () => {
  const bus = await busWith([event(1), '{"transaction":{"transaction_id":"t2"},"features":{}}']);
  const path = join(folder, 'bad.csv');

  await expect(exported(bus, path)).rejects.toThrow(/t2 has no feature tx_during_weekend/);

  expect([existsSync(path), existsSync(`${path}.unfinished`)]).toEqual([false, false]);
});

test('a folder that does not exist is reported', async () => {
  const bus = await busWith([event(1)]);

  await expect(exported(bus, join(folder, 'none', 'out.csv'))).rejects.toThrow(/cannot be written/);
});

test('columns have the handbook’s names, and a missing value is an empty cell', () => {
  expect(EXPORT_HEADER.split(',')).toHaveLength(15);
  expect(EXPORT_HEADER).toContain(',CUSTOMER_ID_AVG_AMOUNT_7DAY_WINDOW,');
  expect(exportLine('t1', { ...vector(0.1), tx_during_weekend: null })).toBe(`t1,${',0.1'.repeat(13)}`);
});
