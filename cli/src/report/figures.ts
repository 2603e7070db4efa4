import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@fraudflow/core';

const NONE = '-';

/** A number to four digits, without an exponent for usual sizes: `0.0123`, `12.35`, `1,234,568`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e12 || size < 1e-4)) return value.toExponential(2);
  return value.toLocaleString('en-US', size >= 1_000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 });
}

/** A share of 0 to 1 as `12.3 %`; a positive share that rounds to 0 is `<0.1 %`. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return NONE;
  if (share > 0 && share < 5e-4) return '<0.1 %';
  return `${(share * 100).toFixed(1)} %`;
}

/** A span as `12 ms`, `3.4 s`, `5.0 min`, `2.0 h` or `3.1 d`. */
export function span(ms: number): string {
  if (!Number.isFinite(ms)) return NONE;
  if (Math.abs(ms) < SECOND_MS) return `${Math.round(ms)} ms`;
  if (Math.abs(ms) < 2 * MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (Math.abs(ms) < 2 * HOUR_MS) return `${(ms / MINUTE_MS).toFixed(1)} min`;
  return Math.abs(ms) < 2 * DAY_MS ? `${(ms / HOUR_MS).toFixed(1)} h` : `${(ms / DAY_MS).toFixed(1)} d`;
}

/** A moment as `2026-05-01 12:00:00Z`; 0 is none. */
export function moment(ms: number): string {
  if (!Number.isFinite(ms) || ms === 0) return NONE;
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** A value of a feature: moments in time are seconds on the wire. */
export function featureValue(value: number, dtype: string): string {
  return dtype === 'unix_timestamp' ? moment(value * SECOND_MS) : figure(value);
}
