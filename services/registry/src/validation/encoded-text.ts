const MAX_ROUNDS = 10;

/**
 * Percent-decodes until the text no longer changes, because every proxy on the path may decode once.
 * @returns the decoded text; undefined for a malformed escape or more than MAX_ROUNDS levels of encoding
 */
export function decodeRepeatedly(text: string): string | undefined {
  let current = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const decoded = decodeOnce(current);
    if (decoded === undefined || decoded === current) return decoded;
    current = decoded;
  }
  return undefined;
}

/** @returns the text decoded once; undefined for a malformed escape. A `%` without two hex digits is kept. */
export function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-fA-F]{2})/g, '%25'));
  } catch {
    return undefined;
  }
}

/** True if the completely decoded text has a path segment `..` or contains NUL. */
export function climbsOut(text: string): boolean {
  const decoded = decodeRepeatedly(text);
  if (decoded === undefined || decoded.includes('\0')) return true;
  return decoded.split(/[/\\]/).includes('..');
}
