/** An instant, exact to the nanosecond, because Feast compares event times in nanoseconds. */
export interface Instant {
  /** Seconds since the Unix epoch, whole; may be negative. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanos: number;
}

/** Seconds of the last instant (in the year 2262) whose nanoseconds fit 64 bits, as archives and Arrow store them. */
export const MAX_NANOS_SECONDS = 9_223_372_036;

export const EPOCH: Instant = { seconds: 0, nanos: 0 };

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?\s?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;
const EPOCH_SECONDS = /^-?\d{1,11}(?:\.\d+)?$/;
/** Longest accepted text. The pattern above backtracks over fractions, so longer texts are refused before it runs. */
const MAX_TEXT = 64;
const NANOS_PER_SECOND = 1_000_000_000;
const DAY_SECONDS = 86_400;
/** Larger numbers are milliseconds or finer units, not the seconds that Feast writes. */
const MAX_EPOCH_SECONDS = 1e11;

/**
 * Parses an instant as Feast clients write it: ISO 8601 (UTC without a zone) or seconds since the epoch, with or
 * without fraction.
 * @returns undefined for anything else, including seconds beyond the year 5138 (most likely milliseconds)
 */
export function parseInstant(raw: unknown): Instant | undefined {
  if (typeof raw === 'number') return fromSeconds(raw);
  if (typeof raw === 'bigint') return fromSeconds(Number(raw));
  if (typeof raw !== 'string' || raw.length > MAX_TEXT) return undefined;
  return fromIso(ISO.exec(raw)) ?? (EPOCH_SECONDS.test(raw) ? fromSeconds(Number(raw)) : undefined);
}

function fromIso(match: RegExpExecArray | null): Instant | undefined {
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const days = daysSinceEpoch(Number(year), Number(month), Number(day));
  const ofDay = secondsOfDay(Number(hour), Number(minute), Number(second));
  const offset = offsetSeconds(zone);
  if (days === undefined || ofDay === undefined || offset === undefined) return undefined;
  return { seconds: days * DAY_SECONDS + ofDay - offset, nanos: Number(fraction.padEnd(9, '0')) };
}

function secondsOfDay(hour: number, minute: number, second: number): number | undefined {
  return hour < 24 && minute < 60 && second < 60 ? hour * 3_600 + minute * 60 + second : undefined;
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Undefined for days that the calendar does not have; Date.UTC would roll them over. */
function daysSinceEpoch(year: number, month: number, day: number): number | undefined {
  const isLeapDay = month === 2 && day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (year < 100 || day < 1 || (day > (DAYS_IN_MONTH[month - 1] ?? 0) && !isLeapDay)) return undefined;
  return Date.UTC(year, month - 1, day) / (DAY_SECONDS * 1_000);
}

function fromSeconds(value: number): Instant | undefined {
  if (!Number.isFinite(value) || Math.abs(value) >= MAX_EPOCH_SECONDS) return undefined;
  const seconds = Math.floor(value);
  // A double represents present epoch seconds to a quarter of a microsecond; finer digits are rounding errors.
  const nanos = Math.round((value - seconds) * 1e6) * 1_000;
  return nanos === NANOS_PER_SECOND ? { seconds: seconds + 1, nanos: 0 } : { seconds, nanos };
}

function offsetSeconds(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0;
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60);
}

export function instantFromMs(ms: number): Instant {
  const seconds = Math.floor(ms / 1_000);
  return { seconds, nanos: Math.round((ms - seconds * 1_000) * 1e6) };
}

/** Milliseconds since the epoch, truncated to whole ones. */
export function toMs({ seconds, nanos }: Instant): number {
  return seconds * 1_000 + Math.floor(nanos / 1e6);
}

/** Nanoseconds since the epoch. */
export function toNanos({ seconds, nanos }: Instant): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

export function instantFromNanos(total: bigint): Instant {
  const nanos = Number(((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  return { seconds: Number((total - BigInt(nanos)) / 1_000_000_000n), nanos };
}

/** RFC 3339 with `Z` and 0, 3, 6 or 9 fraction digits, as protobuf's JSON writes it. */
export function formatInstant(seconds: number, nanos: number): string {
  const day = Math.floor(seconds / DAY_SECONDS);
  const second = seconds - day * DAY_SECONDS;
  const hour = TWO_DIGITS[Math.floor(second / 3_600)] ?? '';
  const minute = TWO_DIGITS[Math.floor(second / 60) % 60] ?? '';
  const base = `${dateText(day)}T${hour}:${minute}:${TWO_DIGITS[second % 60] ?? ''}`;
  if (nanos === 0) return `${base}Z`;
  const digits = String(nanos).padStart(9, '0');
  if (nanos % 1e6 === 0) return `${base}.${digits.slice(0, 3)}Z`;
  return nanos % 1e3 === 0 ? `${base}.${digits.slice(0, 6)}Z` : `${base}.${digits}Z`;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'));
/** Cache of day texts: responses contain thousands of times on few days. */
const DAY_SLOTS = 128;
const cachedDays = new Float64Array(DAY_SLOTS).fill(Number.NaN);
const dayTexts: string[] = Array.from({ length: DAY_SLOTS }, () => '');

function dateText(day: number): string {
  const slot = Math.abs(day) % DAY_SLOTS;
  if (cachedDays[slot] !== day) {
    cachedDays[slot] = day;
    dayTexts[slot] = new Date(day * DAY_SECONDS * 1_000).toISOString().split('T')[0] ?? '';
  }
  return dayTexts[slot] ?? '';
}
