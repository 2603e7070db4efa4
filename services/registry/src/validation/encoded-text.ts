const MAX_ROUNDS = 10;

/**
 * Percent-decodes until nothing changes, because every proxy on the way may decode once more.
 * @returns the fully decoded text, or undefined if an escape is malformed or the nesting is absurd.
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

/** @returns the text decoded once, or undefined for a malformed escape. A bare `%` stands for itself. */
export function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-fA-F]{2})/g, '%25'));
  } catch {
    return undefined;
  }
}

/** True if any path segment of the text, decoded to the end, is `..`, or if it holds a NUL. */
export function climbsOut(text: string): boolean {
  const decoded = decodeRepeatedly(text);
  if (decoded === undefined || decoded.includes('\0')) return true;
  return decoded.split(/[/\\]/).includes('..');
}
