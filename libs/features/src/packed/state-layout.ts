import { idKeyFingerprint } from '../plan/id-hash.js';

/**
 * Incremented with every change of the packed form. A reader refuses unknown versions, and the stages rebuild states of
 * another version.
 */
export const STATE_VERSION = 3;

/**
 * What stored states depend on in addition to the records: the version of their packed form and the key of their ids.
 * Call it after `useIdKey`.
 * @returns version, colon, fingerprint of the key in eight hex digits: `3:0a1b2c3d`
 */
export function stateLayout(): string {
  return `${STATE_VERSION}:${idKeyFingerprint()}`;
}
