import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { warnOfFullDisk } from './disk-space.js';

async function noticesFor(freeBytes?: () => Promise<number>): Promise<string[]> {
  const notices: string[] = [];
  await warnOfFullDisk(tmpdir(), (text) => notices.push(text), freeBytes);
  return notices;
}

test('a nearly full disk gives a notice with the folder and the free space', async () => {
  expect(await noticesFor(async () => 200 * 1024 ** 2)).toEqual([
    `only 200 MiB are free at ${tmpdir()}: Kafka and Postgres stop when the disk is full`,
  ]);
});

test('enough space, or a file system that does not report it, gives no notice', async () => {
  expect(await noticesFor(async () => 2 * 1024 ** 3)).toEqual([]);
  expect(await noticesFor(() => Promise.reject(new Error('not supported')))).toEqual([]);
});
