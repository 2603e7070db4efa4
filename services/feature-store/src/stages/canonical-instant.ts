const LENGTH = 24;
const ZERO = 48;
const MINUS = 45;
const COLON = 58;
const T = 84;
const Z = 90;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

let lastDay = '';
let lastDayMs = 0;

/**
 * Event time in ms of an instant as our topics carry it, `2018-04-01T12:00:00.250Z`: a fifth of the time of `Date.parse`, which
 * reads any other form. A stage reads one per event, and most days follow themselves.
 */
export function parseInstant(text: string): number {
  if (!isCanonical(text)) return Date.parse(text);
  const day = text.slice(0, 10);
  if (day !== lastDay) {
    lastDayMs = Date.parse(day);
    lastDay = day;
  }
  const hours = pair(text, 11);
  const minutes = pair(text, 14);
  const seconds = pair(text, 17);
  const millis = 100 * digit(text, 20) + pair(text, 21);
  const ofDay = hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS + millis;
  return ofDay < DAY_MS ? lastDayMs + ofDay : Date.parse(text);
}

function isCanonical(text: string): boolean {
  return (
    text.length === LENGTH &&
    text.charCodeAt(23) === Z &&
    text.charCodeAt(10) === T &&
    text.charCodeAt(4) === MINUS &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON
  );
}

const digit = (text: string, at: number): number => text.charCodeAt(at) - ZERO;
const pair = (text: string, at: number): number => 10 * digit(text, at) + digit(text, at + 1);
