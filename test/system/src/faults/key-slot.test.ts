import { expect, test } from 'vitest';
import { crc16, keySlot } from './key-slot.js';

test('the slot is CRC-16/XMODEM, as in the example of the cluster specification', () => {
  expect(crc16(Buffer.from('123456789'))).toBe(0x31c3);
});

test('only the first hash tag is hashed, or the whole key if the tag is empty or missing', () => {
  expect(keySlot('foo')).toBe(12_182);
  expect(keySlot('{user1000}.following')).toBe(keySlot('{user1000}.followers'));
  expect(keySlot('foo{}{bar}')).not.toBe(keySlot('bar'));
  expect(keySlot('foo{bar}{zap}')).toBe(keySlot('bar'));
});
