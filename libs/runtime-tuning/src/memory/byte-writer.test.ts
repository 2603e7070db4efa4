import { expect, test } from 'vitest';
import { ByteWriter } from './byte-writer.js';

test('a message of any length is read back in the order of its parts', () => {
  const writer = new ByteWriter();
  const words = Array.from({ length: 3_000 }, (_, i) => 'ab'.repeat(i % 60));
  for (const word of words) {
    writer.ascii(word);
    writer.byte(0x2c);
    writer.text('ä€');
  }

  expect(writer.toBuffer().toString()).toBe(words.map((word) => `${word},ä€`).join(''));
  writer.clear();
  writer.raw(Buffer.from('again'));
  expect(Buffer.from(writer.view()).toString()).toBe('again');
});
