import { invalidInput } from '@fraudflow/core';
import { decodeOnce, decodeRepeatedly } from '../validation/encoded-text.js';

declare const proven: unique symbol;

/** A relative path of plain segments, proven harmless; `''` is the root. */
export type ArtifactPath = string & { readonly [proven]: true };

const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 4_000;

/**
 * Reads a path as it stands in a URL, percent-encoded once by the client.
 * Checked in every degree of decoding: absolute paths, `.` and `..` segments, backslashes, `#` and NUL are refused.
 * @throws AppError invalid_input.
 */
export function parseArtifactPath(encoded: string): ArtifactPath {
  const path = decodeOnce(encoded)?.replace(/\/+$/, '');
  const fullyDecoded = decodeRepeatedly(encoded);
  if (path === undefined || fullyDecoded === undefined) throw refused(encoded);
  if (path === '') return asPath('');
  if (!isHarmless(path) || !isHarmless(fullyDecoded.replace(/\/+$/, ''))) throw refused(encoded);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw refused(encoded);
  if (path.split('/').some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) throw refused(encoded);
  return asPath(path);
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
