import { expect, test } from 'vitest';
import { carriesLuaFixes, firstFixedPackage, parseServerVersion } from './redis-fixes.js';

const redis = (version: string) => carriesLuaFixes({ product: 'redis', version });
const valkey = (version: string) => carriesLuaFixes({ product: 'valkey', version });

test('the product and version are read from the version line', () => {
  expect(parseServerVersion('Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64')).toEqual({
    product: 'redis',
    version: '7.0.15',
  });
  expect(parseServerVersion('Valkey server v=8.1.4 sha=00000000:0')).toEqual({ product: 'valkey', version: '8.1.4' });
  expect(parseServerVersion('KeyDB server v=6.3.4')).toBeUndefined();
});

test('a version has the fixes from the first fixed version of its release line on', () => {
  expect([redis('6.2.11'), redis('6.2.19'), redis('6.2.20')]).toEqual([false, false, true]);
  expect([redis('7.0.15'), redis('7.2.10'), redis('7.2.11'), redis('7.4.6')]).toEqual([false, false, true, true]);
  expect([valkey('8.0.5'), valkey('8.0.6'), valkey('8.1.3'), valkey('8.1.4')]).toEqual([false, true, false, true]);
});

test('a release line newer than the advisory has the fixes, an older one does not', () => {
  expect([redis('8.4.0'), redis('9.0.0'), valkey('9.0.0')]).toEqual([true, true, true]);
  expect([redis('6.0.16'), redis('8.0.3'), valkey('7.2.5')]).toEqual([false, false, false]);
});

test('a Debian package is compared with the first fixed package of its release', () => {
  expect(firstFixedPackage('5:7.0.15-1~deb12u10')).toBe('5:7.0.15-1~deb12u6');
  expect(firstFixedPackage('5:8.0.2-3+deb13u1')).toBe('5:8.0.2-3+deb13u1');
  expect(firstFixedPackage('5:7.0.15-1ubuntu0.24.04.2')).toBeUndefined();
});
