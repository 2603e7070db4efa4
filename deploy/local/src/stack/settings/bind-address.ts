import { isIPv6 } from 'node:net';
import { processEnvironment } from '@fraudflow/config';

const LOOPBACK = '127.0.0.1';
const WILDCARDS = new Set(['0.0.0.0', '::']);

/** The address that services listen on, as their own settings read it: FRAUDFLOW_BIND_ADDRESS, else loopback. */
export function bindAddress(env: Readonly<Record<string, string>> = {}): string {
  return env['FRAUDFLOW_BIND_ADDRESS'] || processEnvironment()['FRAUDFLOW_BIND_ADDRESS'] || LOOPBACK;
}

/** True for an address that only this machine can reach. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

/**
 * The host by which this machine reaches a server that listens on `address`, ready for a URL: IPv6 addresses are in
 * brackets.
 */
export function reachableHost(address: string): string {
  if (WILDCARDS.has(address)) return LOOPBACK;
  return isIPv6(address) ? `[${address}]` : address;
}
