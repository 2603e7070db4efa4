import { describe, expect, test } from 'vitest';
import { PackedSlab } from './packed-slab.js';

describe('slab of packed values', () => {
  const body = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

  test('values are copies followed by their checksum, in one allocation while it has space', () => {
    const slab = new PackedSlab(32);
    const source = body(8, 1);

    const values = [
      slab.place(source, 5),
      slab.place(body(12, 2), 6),
      slab.place(body(40, 3), 7),
      slab.place(body(4, 4), 8),
    ];
    source.fill(9);

    expect(values.map((value) => [...value])).toEqual([
      [...body(8, 1), 5, 0, 0, 0],
      [...body(12, 2), 6, 0, 0, 0],
      [...body(40, 3), 7, 0, 0, 0],
      [...body(4, 4), 8, 0, 0, 0],
    ]);
    expect(values[1]?.buffer).toBe(values[0]?.buffer);
    expect(values[2]?.buffer).not.toBe(values[0]?.buffer);
  });

  test('values with separate memory occupy only their own size', () => {
    const value = new PackedSlab(0).place(body(8, 1), 2 ** 32 - 1);

    expect(value.buffer.byteLength).toBe(12);
    expect([...value.subarray(8)]).toEqual([255, 255, 255, 255]);
  });
});
