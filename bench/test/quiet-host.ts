import type { BenchHost } from '../src/contract/bench-host.js';

/** A host without output that is never interrupted and cannot start the whole system. */
export const QUIET_HOST: BenchHost = {
  note: () => undefined,
  interrupted: new AbortController().signal,
  stackOptions: () => ({}),
  startTrainedSystem: () => Promise.reject(new Error('this host starts no system')),
};
