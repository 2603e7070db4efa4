import type { FieldShape, MessageShape, Shapes } from '../grpc/message-shape.js';
import type { FuzzRandom } from './fuzz-random.js';

const MAX_DEPTH = 6;
const HUGE_REPEATS = [1_000, 20_000, 150_000] as const;

/**
 * Random bytes for a method's request: well-formed with unusual values, damaged, with too many elements, or arbitrary.
 */
export function oddMessage(random: FuzzRandom, shapes: Shapes, type: string): Buffer {
  const shape = shapes.messages.get(type) ?? new Map<number, FieldShape>();
  switch (random.below(8)) {
    case 0:
      return random.bytes(random.below(300));
    case 1:
      return damaged(random, message(random, shapes, shape, 0));
    case 2:
      return message(random, shapes, shape, 0).subarray(0, random.below(40));
    case 3:
      return hugeRepeat(random, shape);
    case 4:
      return wrongTypes(random, shape);
    default:
      return message(random, shapes, shape, 0);
  }
}

/** A well-formed message with unusual values in some of its fields. */
function message(random: FuzzRandom, shapes: Shapes, shape: MessageShape, depth: number): Buffer {
  const parts: Buffer[] = [];
  for (const [number, field] of shape) {
    if (random.chance(3)) continue;
    for (let times = random.chance(4) ? 3 : 1; times > 0; times--)
      parts.push(oddField(random, shapes, { number, field, depth }));
  }
  return Buffer.concat(parts);
}

interface Place {
  readonly number: number;
  readonly field: FieldShape;
  readonly depth: number;
}

function oddField(random: FuzzRandom, shapes: Shapes, { number, field, depth }: Place): Buffer {
  if (field.kind === 'text') return delimited(number, Buffer.from(random.text()));
  if (field.kind === 'message') {
    const inner = depth < MAX_DEPTH ? shapes.messages.get(field.type) : undefined;
    return delimited(number, inner ? message(random, shapes, inner, depth + 1) : Buffer.alloc(0));
  }
  if (field.width === 0)
    return Buffer.concat([varint(number * 8), varint(random.pick([0, 1, 7, 300, 2 ** 31, 2 ** 53, 1.8e19]))]);
  const value = Buffer.alloc(field.width);
  if (field.width === 8) value.writeDoubleLE(random.number());
  else value.writeFloatLE(random.number());
  return Buffer.concat([varint(number * 8 + (field.width === 8 ? 1 : 5)), value]);
}

function hugeRepeat(random: FuzzRandom, shape: MessageShape): Buffer {
  const number = shape.size > 0 ? random.pick([...shape.keys()]) : 1;
  return Buffer.concat(Array<Buffer>(random.pick(HUGE_REPEATS)).fill(delimited(number, Buffer.alloc(0))));
}

/** Known field numbers with wrong wire types, and unknown field numbers. */
function wrongTypes(random: FuzzRandom, shape: MessageShape): Buffer {
  const numbers = [...shape.keys(), 0, 15, 16, 2_047, 536_870_911];
  return Buffer.concat(
    Array.from({ length: 5 }, () =>
      Buffer.concat([varint(random.pick(numbers) * 8 + random.below(8)), random.bytes(random.below(9))]),
    ),
  );
}

function damaged(random: FuzzRandom, bytes: Buffer): Buffer {
  for (let flips = 1 + random.below(5); flips > 0 && bytes.length > 0; flips--)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

function delimited(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(value);
  for (; rest >= 128 && bytes.length < 9; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(Math.min(rest, 127));
  return Buffer.from(bytes);
}
