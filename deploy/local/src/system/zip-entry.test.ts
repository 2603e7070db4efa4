import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readZipEntry } from './zip-entry.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fraudflow-zip-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const content = Buffer.from('native code '.repeat(1_000));

/** An archive of one file; `extra` is the length of a field that only the local header has. */
function zipOf(name: string, { stored = false, extra = 0, crc = crc32(content) } = {}): string {
  const data = stored ? content : deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  local.writeUInt16LE(extra, 28);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(stored ? 0 : 8, 10);
  central.writeUInt32LE(crc, 16);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt16LE(name.length, 28);
  const head = Buffer.concat([local, Buffer.from(name), Buffer.alloc(extra), data]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(head.length, 16);
  const path = join(folder, 'archive.jar');
  writeFileSync(path, Buffer.concat([head, central, Buffer.from(name), end, Buffer.from('comment')]));
  return path;
}

test('reads a deflated entry after a local header that is longer than that of the directory', () => {
  const archive = zipOf('lib/linux/x86_64/lib.so', { extra: 13 });

  expect(readZipEntry(archive, (name) => name.endsWith('lib.so')).equals(content)).toBe(true);
});

test('reads a stored entry', () => {
  expect(readZipEntry(zipOf('a', { stored: true }), (name) => name === 'a').equals(content)).toBe(true);
});

test('a missing name is not_found', () => {
  expect(() => readZipEntry(zipOf('a'), (name) => name === 'b')).toThrow(
    expect.objectContaining({ kind: 'not_found', code: 'ZIP_ENTRY_NOT_FOUND' }),
  );
});

test('a damaged archive is distinguished from a missing entry', () => {
  const notAnArchive = join(folder, 'text.jar');
  writeFileSync(notAnArchive, 'no archive at all, but long enough to hold an end record');

  expect(() => readZipEntry(notAnArchive, () => true)).toThrow(expect.objectContaining({ code: 'ZIP_DAMAGED' }));
  expect(() => readZipEntry(zipOf('a', { crc: 1 }), () => true)).toThrow(/is damaged/);
});
