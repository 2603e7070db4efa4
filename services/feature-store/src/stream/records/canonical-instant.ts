const LENGTH = 24;
const ZERO = 48;
const MINUS = 45;
const COLON = 58;
const POINT = 46;
const T = 84;
const Z = 90;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

let lastDay = '';
let lastDayMs = 0;

/**
 * Parses an instant in the form of our topics, `2018-04-01T12:00:00.250Z`, to ms. Takes a fifth of the time of
 * `Date.parse`, which parses other forms. The last day is cached, because consecutive events mostly have the same day.
 */
export function parseInstant(text: string): number {
  if (!isCanonical(text)) return Date.parse(text);
  const day = text.slice(0, 10);
  if (day !== lastDay) {
    lastDayMs = DAY.test(day) ? Date.parse(day) : Number.NaN;
    lastDay = day;
  }
  const hours = pair(text, 11);
  const minutes = pair(text, 14);
  const seconds = pair(text, 17);
  const millis = 100 * digit(text, 20) + pair(text, 21);
  // Also false for NaN, the result of a character that is not a digit.
  const isTime = hours < 24 && minutes < 60 && seconds < 60 && millis < SECOND_MS;
  if (!isTime || Number.isNaN(lastDayMs)) return Date.parse(text);
  return lastDayMs + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS + millis;
}

function isCanonical(text: string): boolean {
  return (
    text.length === LENGTH &&
    text.charCodeAt(23) === Z &&
    text.charCodeAt(10) === T &&
    text.charCodeAt(4) === MINUS &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    text.charCodeAt(19) === POINT
  );
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

const pair = (text: string, at: number): number => 10 * digit(text, at) + digit(text, at + 1);
