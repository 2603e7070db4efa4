import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extractXgboostLibrary } from './extract-xgboost-library.js';
import { nativePlatform } from './native-platform.js';
import { resolveXgboostLibrary } from './xgboost-library.js';

const { key, xgboostEntry, xgboostFile } = nativePlatform();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fraudflow-native-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A zip file of uncompressed entries. */
function aZip(entries: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(entries)) {
    const content = Buffer.from(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), content]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, tail, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, ...directory, Buffer.from('PK\x05\x06'), end]);
}

async function aJar(entries: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, 'xgboost4j.jar');
  await writeFile(path, aZip(entries));
  return path;
}

test('the library of this platform is extracted, and found again', async () => {
  const jar = await aJar({ 'META-INF/MANIFEST.MF': 'x', [xgboostEntry]: 'library' });

  const path = await extractXgboostLibrary(jar, join(folder, 'native'));

  expect(path).toBe(join(folder, 'native', key, xgboostFile));
  expect(await readFile(path, 'utf8')).toBe('library');
  expect(await readdir(dirname(path))).toEqual([xgboostFile]);
  expect(resolveXgboostLibrary({ nativeDir: join(folder, 'native') })).toEqual({ path });
});

test('a second run leaves the file alone, a truncated file is replaced', async () => {
  const jar = await aJar({ [xgboostEntry]: 'library' });
  const path = await extractXgboostLibrary(jar, folder);
  const { ino } = await stat(path);

  await extractXgboostLibrary(jar, folder);
  expect((await stat(path)).ino).toBe(ino);

  await writeFile(path, 'lib');
  await extractXgboostLibrary(jar, folder);
  expect(await readFile(path, 'utf8')).toBe('library');
});

test('several runs at once end with one whole file', async () => {
  const jar = await aJar({ [xgboostEntry]: 'library' });

  const paths = await Promise.all(Array.from({ length: 5 }, () => extractXgboostLibrary(jar, folder)));

  expect(new Set(paths).size).toBe(1);
  expect(await readFile(paths[0] ?? '', 'utf8')).toBe('library');
  expect(await readdir(join(folder, key))).toEqual([xgboostFile]);
});

test('a jar without the library, no jar, and a file that is no jar are named', async () => {
  const broken = join(folder, 'broken.jar');
  await writeFile(broken, 'not a zip');

  await expect(extractXgboostLibrary(await aJar({ other: 'x' }), folder)).rejects.toThrow(/holds no lib/);
  await expect(extractXgboostLibrary(join(folder, 'absent.jar'), folder)).rejects.toThrow(/absent\.jar/);
  await expect(extractXgboostLibrary(broken, folder)).rejects.toMatchObject({ kind: 'failed_precondition' });
});

test('an extracted OpenMP runtime is found beside the library, a configured path wins, absence is explained', async () => {
  const path = await extractXgboostLibrary(await aJar({ [xgboostEntry]: 'library' }), folder);
  const openMpPath = join(folder, key, 'libgomp.so.1');
  await writeFile(openMpPath, 'runtime');
  const own = join(folder, 'own.so');
  await writeFile(own, 'mine');

  expect(resolveXgboostLibrary({ nativeDir: folder })).toEqual({ path, openMpPath });
  expect(resolveXgboostLibrary({ nativeDir: folder, libraryPath: own }).path).toBe(own);
  expect(() => resolveXgboostLibrary({ nativeDir: join(folder, 'none') })).toThrow(/does not exist.*\.\/fraudflow/);
});

test('a machine without a library is told which ones have one', () => {
  expect(() => nativePlatform('aix', 'ppc64')).toThrow(/aix-ppc64.*linux-x64/);
});
