import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';
import { notFound, AppError } from '@fraudflow/core';

const END_SIGNATURE = 0x06054b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_SIZE = 22;
const MAX_COMMENT = 65_535;
const DEFLATED = 8;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly localHeaderAt: number;
}

/**
 * The content of the first file in a zip archive, such as a jar, whose name the predicate accepts. Reads only the
 * directory and that entry. Archives above 4 GiB (zip64) are not supported.
 * @throws AppError not_found if no name matches, assertion_failed if the archive is damaged
 */
export function readZipEntry(archive: string, matches: (name: string) => boolean): Buffer {
  const file = openSync(archive, 'r');
  try {
    const entry = readDirectory(file, archive).find(({ name }) => matches(name));
    if (!entry) throw notFound(`${archive} holds no matching file`, { code: 'ZIP_ENTRY_NOT_FOUND' });
    return readEntry(file, entry, archive);
  } finally {
    closeSync(file);
  }
}

function readDirectory(file: number, archive: string): readonly Entry[] {
  const { size } = fstatSync(file);
  const tailSize = Math.min(size, END_SIZE + MAX_COMMENT);
  const tail = readAt(file, size - tailSize, tailSize);
  let end = tail.length - END_SIZE;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--;
  if (end < 0) throw damaged(archive);
  const directory = readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  return parseDirectory(directory, tail.readUInt16LE(end + 10), archive);
}

function parseDirectory(directory: Buffer, count: number, archive: string): readonly Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (directory.readUInt32LE(at) !== CENTRAL_SIGNATURE) throw damaged(archive);
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      compressedSize: directory.readUInt32LE(at + 20),
      localHeaderAt: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

function readEntry(file: number, entry: Entry, archive: string): Buffer {
  // The local header repeats the name, and its extra field may have another length than that of the directory.
  const header = readAt(file, entry.localHeaderAt, 30);
  const contentAt = entry.localHeaderAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const stored = readAt(file, contentAt, entry.compressedSize);
  const content = entry.method === DEFLATED ? inflateRawSync(stored) : stored;
  if (crc32(content) !== entry.crc) throw damaged(archive);
  return content;
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  readSync(file, buffer, 0, length, position);
  return buffer;
}

function damaged(archive: string): AppError {
  return new AppError('assertion_failed', `${archive} is damaged; delete it and run ./fraudflow again`, {
    code: 'ZIP_DAMAGED',
  });
}
