import { type IdHash, sipHash, type SipKey, sipKeyOf } from './sip-hash.js';

export type { IdHash } from './sip-hash.js';

/** Hashed with the key, so that two keys can be compared without revealing them. */
const FINGERPRINTED = 'FraudFlow transaction id key';
const HEX_DIGITS = 8;

/** Default key for tests and tools that process no external ids. */
let key: SipKey = [0, 0, 0, 0];
let fingerprint = fingerprintOf(key);

/**
 * Sets the key of all later id hashes. Call it once at start, before any state is read. All processes of an
 * installation need the same key.
 * @param bytes at least 16; the first 16 are the key
 * @returns nothing
 * @throws RangeError for fewer bytes
 */
export function useIdKey(bytes: Uint8Array): void {
  key = sipKeyOf(bytes);
  fingerprint = fingerprintOf(key);
}

/** Eight hex digits that differ for different keys. Stored with data that depends on the key. */
export function idKeyFingerprint(): string {
  return fingerprint;
}

/**
 * 64-bit hash of a transaction's id under the installation's key: see `useIdKey`. Without the key it is infeasible to
 * construct ids of equal hashes; two of n ids have equal hashes by chance with a probability of about n²/2⁶⁵.
 * @param id any text; it is hashed as UTF-8
 * @returns two unsigned 32-bit halves
 * @see J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012
 */
export function idHash(id: string): IdHash {
  return sipHash(key, id);
}

function fingerprintOf(of: SipKey): string {
  return sipHash(of, FINGERPRINTED).hi.toString(16).padStart(HEX_DIGITS, '0');
}
