import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extractXgboostLibrary } from './xgboost-library.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fraudflow-xgboost-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ENTRY = 'lib/linux/x86_64/libxgboost4j.so';

/** A jar with one uncompressed entry. */
function writeJar(name: string, text: string): void {
  const content = Buffer.from(text);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(ENTRY.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt32LE(crc32(content), 16);
  central.writeUInt32LE(content.length, 20);
  central.writeUInt32LE(content.length, 24);
  central.writeUInt16LE(ENTRY.length, 28);
  const head = Buffer.concat([local, Buffer.from(ENTRY), content]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + ENTRY.length, 12);
  end.writeUInt32LE(head.length, 16);
  writeFileSync(join(folder, name), Buffer.concat([head, central, Buffer.from(ENTRY), end]));
}

test('an existing library is kept, one of another version is replaced', () => {
  writeJar('xgboost4j_2.12-3.4.0.jar', 'three');
  const path = extractXgboostLibrary(folder, folder, 'linux-x64');
  const { ino } = statSync(path);

  extractXgboostLibrary(folder, folder, 'linux-x64');
  expect(statSync(path).ino).toBe(ino);

  rmSync(join(folder, 'xgboost4j_2.12-3.4.0.jar'));
  writeJar('xgboost4j_2.12-3.5.0.jar', 'newer');
  extractXgboostLibrary(folder, folder, 'linux-x64');
  expect(readFileSync(path, 'utf8')).toBe('newer');
});

test('a library of unknown origin, as written by earlier releases, is replaced', () => {
  writeJar('xgboost4j_2.12-3.4.0.jar', 'three');
  const path = join(folder, 'libxgboost4j.so');
  writeFileSync(path, 'two');

  expect(extractXgboostLibrary(folder, folder, 'linux-x64')).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe('three');
});

test('the error on an unsupported machine names the supported ones and the setting for another library', () => {
  expect(() => extractXgboostLibrary(folder, folder, 'linux-riscv64')).toThrow(
    /linux-riscv64.*linux-x64.*FRAUDFLOW_XGBOOST_LIBRARY/,
  );
});

test('the error names a missing jar', () => {
  expect(() => extractXgboostLibrary(join(folder, 'lib'), folder, 'linux-x64')).toThrow(/xgboost4j_2\.12 is missing/);
});
