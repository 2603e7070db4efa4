import type { LabelCode } from './label-code.js';

/**
 * An entry of the label log in one whole number: payload × 32 + parked bit × 16 + label code. The payload is the sequence
 * number of the entry's transaction, or, while that has not come (parked), the event time the label gave for it. Times up to
 * `MAX_TIME_MS` keep the number below 2^53.
 */
export type LabelEntry = number;

const SCALE = 32;
const PARKED = 16;

export const joinedEntry = (transaction: number, code: LabelCode): LabelEntry => transaction * SCALE + code;
export const parkedEntry = (occurredAtMs: number, code: LabelCode): LabelEntry => occurredAtMs * SCALE + PARKED + code;

export const payloadOf = (entry: LabelEntry): number => Math.floor(entry / SCALE);
export const codeOf = (entry: LabelEntry): LabelCode => flagsOf(entry) % PARKED;
export const isParkedEntry = (entry: LabelEntry): boolean => flagsOf(entry) >= PARKED;

/** Of a negative entry too: times before 1970 are negative. */
const flagsOf = (entry: LabelEntry): number => entry - payloadOf(entry) * SCALE;
