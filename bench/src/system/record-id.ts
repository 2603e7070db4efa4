const MARK = Buffer.from('"transaction_id":"');
const QUOTE = 0x22;

/**
 * The first transaction id in a record's JSON, without parsing the rest of it: ids hold no character that JSON would
 * escape. Undefined if there is none (a bad record).
 */
export function transactionIdOf(value: Buffer | null): string | undefined {
  if (value === null) return undefined;
  const mark = value.indexOf(MARK);
  if (mark === -1) return undefined;
  const start = mark + MARK.length;
  const end = value.indexOf(QUOTE, start);
  return end === -1 ? undefined : value.toString('latin1', start, end);
}
