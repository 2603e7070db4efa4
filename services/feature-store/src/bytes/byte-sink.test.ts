import { expect, test } from 'vitest';
import { ByteSink } from './byte-sink.js';

test('what is written stands there in its order, however much it is', () => {
  const sink = new ByteSink();
  const words = Array.from({ length: 3_000 }, (_, i) => 'ab'.repeat(i % 60));
  for (const word of words) {
    sink.ascii(word);
    sink.byte(0x2c);
    sink.text('ä€');
  }

  expect(sink.toBuffer().toString()).toBe(words.map((word) => `${word},ä€`).join(''));
  sink.clear();
  sink.raw(Buffer.from('again'));
  expect(Buffer.from(sink.view()).toString()).toBe('again');
});
