import { idKeyFingerprint } from './id-hash.js';

/** Raised with every change of the packed form; a reader refuses versions it does not know, and the stages rebuild what has another one. */
export const STATE_VERSION = 3;

/** What stored states depend on besides the records: the version of their packed form and the key of their ids. */
export function stateLayout(): string {
  return `${STATE_VERSION}:${idKeyFingerprint()}`;
}
