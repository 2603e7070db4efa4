import { expect, test } from 'vitest';
import { crc16, keySlot } from './key-slot.js';

test("is CRC-16/XMODEM as the cluster specification's example has it", () => {
  expect(crc16(Buffer.from('123456789'))).toBe(0x31c3);
});

test('hashes the first hash tag only, and the whole key where the tag is empty or missing', () => {
  expect(keySlot('foo')).toBe(12_182);
  expect(keySlot('{user1000}.following')).toBe(keySlot('{user1000}.followers'));
  expect(keySlot('foo{}{bar}')).not.toBe(keySlot('bar'));
  expect(keySlot('foo{bar}{zap}')).toBe(keySlot('bar'));
});
