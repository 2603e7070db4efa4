import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader } from './framed-socket.js';

function frameOf(payload: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(payload.length);
  return Buffer.concat([size, payload]);
}

test('responses are reassembled for any split into network reads', () => {
  const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1 });
  fc.assert(
    fc.property(payloads, cuts, (sent, lengths) => {
      const frames = sent.map(frameOf);
      const stream = Buffer.concat(frames);
      const reader = new FrameReader();
      const reused = Buffer.alloc(17);
      const received: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const bytes = stream.copy(reused, 0, at, at + (lengths[i % lengths.length] ?? 1));
        received.push(...reader.read(reused.subarray(0, bytes)));
        at += bytes;
      }
      expect(received).toEqual(frames);
    }),
    { seed: 11, numRuns: 500 },
  );
});

test.each([0, -1, 0x7fffffff])('a size of %d is refused', (size) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(size);

  expect(() => new FrameReader().read(bytes)).toThrow(`${size} bytes`);
});
