import { afterEach, expect, test } from 'vitest';
import { idHash, idKeyFingerprint, useIdKey } from './id-hash.js';
import { sipHash, sipKeyOf } from './sip-hash.js';

const hex = ({ hi, lo }: { hi: number; lo: number }): string =>
  hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0');
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);
const bytes = (length: number): string => String.fromCharCode(...Array.from({ length }, (_, i) => i));

afterEach(() => useIdKey(new Uint8Array(16)));

// Test vectors of the authors: key 00 01 … 0f, message 00 01 … of the given length.
test.each([
  [0, '726fdb47dd0e0e31'],
  [1, '74f839c593dc67fd'],
  [2, '0d6c8009d9a94f5a'],
  [3, '85676696d7fb7e2d'],
  [4, 'cf2794e0277187b7'],
  [5, '18765564cd99a68d'],
  [6, 'cbc9466e58fee3ce'],
  [7, 'ab0200f58b01d137'],
  [8, '93f5f5799a932462'],
  [15, 'a129ca6149be45e5'],
])('SipHash-2-4 of %i bytes is that of its authors', (length, expected) => {
  expect(hex(sipHash(sipKeyOf(KEY), bytes(length)))).toBe(expected);
});

test('text beyond ASCII is hashed as its UTF-8 bytes', () => {
  const key = sipKeyOf(KEY);

  expect(sipHash(key, 'é')).toEqual(sipHash(key, 'é'));
  expect(sipHash(key, 'é')).not.toEqual(sipHash(key, 'e'));
  expect(sipHash(key, '€'.repeat(9))).not.toEqual(sipHash(key, '€'.repeat(8)));
});

test('ids that collided under the previous hash do not collide, for any key', () => {
  for (const seed of [0, 1, 77]) {
    useIdKey(new Uint8Array(16).fill(seed));
    expect(idHash('8yn0iYCKYHlIj4-BwPqk')).not.toEqual(idHash('GReLUrM4wMqfg9yzV3KQ'));
  }
});

test('hashes and the fingerprint are those of the key', () => {
  const before = { hash: idHash('tx'), fingerprint: idKeyFingerprint() };

  useIdKey(KEY);

  expect(idHash('tx')).not.toEqual(before.hash);
  expect(idKeyFingerprint()).toMatch(/^[0-9a-f]{8}$/);
  expect(idKeyFingerprint()).not.toBe(before.fingerprint);
  useIdKey(new Uint8Array(16));
  expect({ hash: idHash('tx'), fingerprint: idKeyFingerprint() }).toEqual(before);
});

test('a key of less than 16 bytes is refused', () => {
  expect(() => useIdKey(new Uint8Array(15))).toThrow('16 bytes');
});
