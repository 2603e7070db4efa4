import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Writes one protobuf message field by field, in the order of the calls, so equal input gives equal bytes. */
export class MessageWriter {
  private readonly out = new BinaryWriter();

  text(field: number, value: string): this {
    this.out.tag(field, WireType.LengthDelimited).string(value);
    return this;
  }

  integer(field: number, value: number): this {
    this.out.tag(field, WireType.Varint).int64(value);
    return this;
  }

  integers(field: number, values: readonly number[]): this {
    this.out.tag(field, WireType.LengthDelimited).fork();
    for (const value of values) this.out.int64(value);
    this.out.join();
    return this;
  }

  floats(field: number, values: readonly number[]): this {
    this.out.tag(field, WireType.LengthDelimited).fork();
    for (const value of values) this.out.float(value);
    this.out.join();
    return this;
  }

  message(field: number, fill: (inner: MessageWriter) => void): this {
    const inner = new MessageWriter();
    fill(inner);
    this.out.tag(field, WireType.LengthDelimited).bytes(inner.finish());
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.out.finish();
  }
}
