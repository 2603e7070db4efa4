const COMMA = 0x2c;

/** Text before the transaction in a `features.by-terminal` event as the customer stage writes it. */
export const BY_TERMINAL_HEAD = Buffer.from('{"kind":"transaction","transaction":');
/** Text before the transaction in a `features` event. */
export const FEATURES_HEAD = Buffer.from('{"transaction":');

export function startsWith(value: Buffer, head: Buffer): boolean {
  for (let i = 0; i < head.length; i++) if (value[i] !== head[i]) return false;
  return true;
}

/**
 * Parses the fields after the transaction, which ends before `from`, as an object; undefined if they are not JSON.
 */
export function parseRest<Rest>(value: Buffer, from: number): Rest | undefined {
  if (value[from] !== COMMA) return undefined;
  try {
    return JSON.parse(`{${value.toString('utf8', from + 1)}`) as Rest;
  } catch {
    return undefined;
  }
}
