import { invalidInput } from '@fraudflow/core';
import { decodeOnce, decodeRepeatedly } from './encoded-text.js';

declare const proven: unique symbol;

/** A relative path of plain segments, proven harmless; `''` is the root. */
export type ArtifactPath = string & { readonly [proven]: true };

const MAX_SEGMENT_BYTES = 255;
/** Paths are keys of database indexes, whose rows hold 2,704 bytes. */
const MAX_PATH_BYTES = 2_000;

/**
 * Reads a path as it stands in a URL, percent-encoded once by the client. Checked in every degree of decoding: absolute
 * paths, `.` and `..` segments, backslashes, `#` and NUL are refused, and more than 2,000 bytes, or 255 in a segment.
 * @throws AppError invalid_input.
 */
export function parseArtifactPath(encoded: string): ArtifactPath {
  const path = withoutTrailingSlashes(decodeOnce(encoded));
  const fullyDecoded = withoutTrailingSlashes(decodeRepeatedly(encoded));
  if (path === undefined || fullyDecoded === undefined) throw refused(encoded);
  if (path === '') return asPath('');
  if (!isHarmless(path) || !isHarmless(fullyDecoded)) throw refused(encoded);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw refused(encoded);
  if (path.split('/').some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) throw refused(encoded);
  return asPath(path);
}

// A regular expression for trailing slashes costs quadratic time when many slashes precede another character.
function withoutTrailingSlashes(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

function isHarmless(path: string): boolean {
  if (/[\\#\0]/.test(path) || /^[A-Za-z]:/.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

function asPath(path: string): ArtifactPath {
  return path as ArtifactPath;
}

function refused(encoded: string): Error {
  return invalidInput(`Invalid path: ${encoded.slice(0, 200)}`, { field: 'path' });
}
