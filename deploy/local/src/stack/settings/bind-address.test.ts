import { expect, test } from 'vitest';
import { bindAddress, isLoopback, reachableHost } from './bind-address.js';

test('only addresses that no other machine reaches count as loopback', () => {
  expect(['127.0.0.1', '127.8.0.9', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.5', '127.0.0.1.example.org'].some(isLoopback)).toBe(false);
});

test('a server on all addresses is reached by loopback, one on a single address by that address', () => {
  expect(['0.0.0.0', '::', '10.0.0.5', 'fd00::5'].map(reachableHost)).toEqual([
    '127.0.0.1',
    '127.0.0.1',
    '10.0.0.5',
    '[fd00::5]',
  ]);
});

test('the address in the stack options overrides that of the environment', () => {
  expect(bindAddress({ FRAUDFLOW_BIND_ADDRESS: '10.0.0.5' })).toBe('10.0.0.5');
});
