import { type IdHash, sipHash, type SipKey, sipKeyOf } from './sip-hash.js';

export type { IdHash } from './sip-hash.js';

/** Hashed with the key to tell whether two keys are the same without showing either. */
const FINGERPRINTED = 'FraudFlow transaction id key';
const HEX_DIGITS = 8;

/** Until a key is given: for tests and tools that meet no foreign ids. */
let key: SipKey = [0, 0, 0, 0];
let fingerprint = fingerprintOf(key);

/**
 * Sets the key of all ids hashed from now on, once at start, before any state is read: all processes of an installation need the same one.
 * @param bytes at least 16
 */
export function useIdKey(bytes: Uint8Array): void {
  key = sipKeyOf(bytes);
  fingerprint = fingerprintOf(key);
}

/** Eight hex digits that differ for different keys, to be kept beside what was made with the key. */
export function idKeyFingerprint(): string {
  return fingerprint;
}

/** 64-bit hash of a transaction's id under the installation's key: see `sipHash`. */
export function idHash(id: string): IdHash {
  return sipHash(key, id);
}

function fingerprintOf(of: SipKey): string {
  return sipHash(of, FINGERPRINTED).hi.toString(16).padStart(HEX_DIGITS, '0');
}
