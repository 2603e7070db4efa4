import { placeText, type DeadLetterRecord } from './dead-letter.js';
import { renderTable } from '../program/table.js';

const MAX_REASON_CHARACTERS = 80;
const MAX_VALUE_CHARACTERS = 64 * 1024;

/** The JSON form of a dead letter, without its value. */
export function letterJson(letter: DeadLetterRecord): Record<string, unknown> {
  const { source, code, field, reason, attempts, appendedAtMs, raw } = letter;
  return {
    place: placeText(letter.place),
    source: source === undefined ? null : placeText(source),
    code,
    field: field ?? null,
    reason,
    attempts,
    appended_at: new Date(appendedAtMs).toISOString(),
    key: printable(raw.key),
    value_bytes: raw.value?.length ?? 0,
  };
}

/** Dead letters as a table, with the number of each code. */
export function letterTable(letters: readonly DeadLetterRecord[]): string {
  const rows = letters.map((letter) => [
    placeText(letter.place),
    letter.code,
    letter.field ?? '',
    shortened(oneLine(letter.reason), MAX_REASON_CHARACTERS),
    shortened(oneLine(printable(letter.raw.key) ?? ''), 40),
    new Date(letter.appendedAtMs).toISOString(),
  ]);
  return renderTable([['place', 'code', 'field', 'reason', 'key', 'written'], ...rows]);
}

/** `CURRENCY_RATE_UNKNOWN 12`, the most frequent code first. */
export function countsByCode(counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].toSorted(([, a], [, b]) => b - a).map(([code, count]) => [code, String(count)]);
  return renderTable([['code', 'dead letters'], ...rows]);
}

/** Headers and value of one dead letter. Bytes that are not text are shown as base64. */
export function letterText(letter: DeadLetterRecord): string {
  const { raw } = letter;
  const fields = Object.entries(letterJson(letter)).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return `${renderTable(fields)}\n\n${shortened(printable(raw.value) ?? '(no value)', MAX_VALUE_CHARACTERS)}`;
}

/** Text of UTF-8 bytes with control characters escaped, else `base64:…`; undefined for none. */
export function printable(bytes: Buffer | null): string | undefined {
  if (bytes === null) return undefined;
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return `base64:${bytes.toString('base64')}`;
  // A terminal would execute control characters of external text.
  return text.replace(/[^\P{Cc}\t\n]/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function shortened(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}
