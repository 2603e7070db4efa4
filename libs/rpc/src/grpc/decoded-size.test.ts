import { tensorflow } from '@fraudflow/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodedSize } from './decoded-size.js';
import { contractShapes, type MessageShape } from './message-shape.js';

const { messages, requests } = contractShapes();

function shapeOf(name: string): MessageShape {
  const shape = messages.get(name);
  if (!shape) throw new Error(`no message ${name}`);
  return shape;
}

const tensor = shapeOf('.tensorflow.TensorProto');
const sizeOf = (bytes: Buffer, limit = Number.MAX_SAFE_INTEGER): number => decodedSize(bytes, tensor, messages, limit);

test('every method of the contracts has a known request', () => {
  expect(requests.size).toBeGreaterThan(20);
  for (const [path, type] of requests)
    expect(messages.has(type) || type.startsWith('.google.protobuf'), path).toBe(true);
});

test('packed numbers, empty messages and texts count by their decoded size, not by their encoded bytes', () => {
  const encode = (value: Partial<tensorflow.TensorProto>): Buffer =>
    Buffer.from(tensorflow.TensorProto.encode(tensorflow.TensorProto.fromPartial(value)).finish());

  expect(sizeOf(encode({ floatVal: Array<number>(1_000).fill(1.5) }))).toBe(64 + 8 * 1_000);
  expect(sizeOf(encode({ int64Val: Array<number>(1_000).fill(7) }))).toBe(64 + 8 * 1_000);
  expect(sizeOf(encode({ stringVal: Array<Buffer>(10).fill(Buffer.from('abc')) }))).toBe(64 + 10 * (96 + 3));
  expect(sizeOf(Buffer.alloc(2_000, Buffer.from([0x42, 0x00])))).toBe(64 + 1_000 * 96);
});

test('the estimate stops at the limit', () => {
  const bytes = Buffer.alloc(2_000_000, Buffer.from([0x42, 0x00]));

  expect(sizeOf(bytes, 1_000)).toBeLessThan(1_200);
});

test('nesting deeper than any contract is too large, even in few bytes', () => {
  // google.protobuf-like recursion: feast.types.Value holds lists only one level deep, so this test uses a separate
  // shape.
  const recursive: MessageShape = new Map([[1, { kind: 'message', type: '.self' }]]);
  let bytes = Buffer.alloc(0);
  for (let i = 0; i < 100; i++) bytes = Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]).subarray(0, 127);

  expect(decodedSize(bytes, recursive, new Map([['.self', recursive]]), 1_000_000)).toBeGreaterThanOrEqual(64);
});

test('arbitrary bytes give a number', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const size = sizeOf(Buffer.from(bytes));
      expect(size).toBeGreaterThanOrEqual(64);
      expect(size).toBeLessThan(64 + 300 * 110);
    }),
    { seed: 3, numRuns: 2_000 },
  );
});
