import { invalidInput } from '@fraudflow/core';
import { decodeOnce, decodeRepeatedly } from './encoded-text.js';

declare const proven: unique symbol;

/** A validated relative path of plain segments; `''` is the root. */
export type ArtifactPath = string & { readonly [proven]: true };

const MAX_SEGMENT_BYTES = 255;
/** Paths are keys of database indexes, whose rows have at most 2,704 bytes. */
const MAX_PATH_BYTES = 2_000;

/**
 * Parses a path of a URL, which the client has percent-encoded once. The path decoded once and the path decoded
 * completely must not be absolute or contain `.` or `..` segments, backslashes, `#` or NUL. The limits are 2,000 bytes,
 * and 255 bytes per segment.
 * @throws AppError invalid_input
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

// A regular expression for trailing slashes takes quadratic time if many slashes precede another character.
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
