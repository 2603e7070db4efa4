import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { asError, invalidInput } from '@fraudflow/core';

/** One field of a message, still undecoded. */
export class Field {
  constructor(
    readonly number: number,
    private readonly wire: WireType,
    private readonly payload: Uint8Array,
  ) {}

  /** Payload of a string, bytes, message or packed field. */
  bytes(): Uint8Array {
    if (this.wire !== WireType.LengthDelimited) throw malformed(`field ${this.number} is not length-delimited`);
    const reader = new BinaryReader(this.payload);
    return reader.bytes();
  }

  /** True for a packed repeated field, string, bytes or message. */
  get isPacked(): boolean {
    return this.wire === WireType.LengthDelimited;
  }

  /** Encoded length of the value in bytes. */
  get length(): number {
    return this.wire === WireType.LengthDelimited ? this.bytes().length : this.payload.length;
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes());
  }

  /** @throws AppError invalid_input beyond 2^53. */
  integer(): number {
    if (this.wire !== WireType.Varint) throw malformed(`field ${this.number} is not an integer`);
    return safeInteger(new BinaryReader(this.payload).int64());
  }

  /** Integers of a repeated field, which writers may pack or not. */
  *integers(): Iterable<number> {
    if (this.wire === WireType.Varint) return yield this.integer();
    const reader = new BinaryReader(this.bytes());
    while (reader.pos < reader.len) yield safeInteger(reader.int64());
  }
}

/** Fields of a message in file order. Groups and truncated input are errors. */
export function* readFields(bytes: Uint8Array): Iterable<Field> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (wire === WireType.StartGroup || wire === WireType.EndGroup) throw malformed('protobuf groups');
    const start = reader.pos;
    reader.skip(wire, number);
    yield new Field(number, wire, bytes.subarray(start, reader.pos));
  }
}

/** Runs a parse and turns every decoding error into one `invalid_input`. */
export function parsing<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError || error?.constructor === Error) {
      throw malformed(`${what}: ${asError(error).message}`, error);
    }
    throw error;
  }
}

function malformed(message: string, cause?: unknown): Error {
  return invalidInput(`malformed ONNX file: ${message}`, { code: 'ONNX_MALFORMED', cause });
}

function safeInteger(value: bigint | string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw malformed(`integer ${value} is out of range`);
  return number;
}
