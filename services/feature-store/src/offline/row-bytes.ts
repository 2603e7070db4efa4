const FIRST_BYTES = 64 * 1024;
const ROOM = 2;
const MAX_ESCAPED_BYTES_PER_UNIT = 6;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const PRINTABLE_FROM = 0x20;
const ASCII_END = 0x80;
const DOUBLE_BYTES = 8;

/** Texts and numbers as bytes, one after the other, in memory that is used again. */
export class RowBytes {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private view = viewOf(this.bytes);
  private length = 0;

  /** Texts as a JSON array, so that no character of one can move the border to the next. */
  texts(texts: readonly string[]): void {
    this.byte(OPEN);
    for (let i = 0; i < texts.length; i++) {
      if (i > 0) this.byte(COMMA);
      this.text(texts[i] as string);
    }
    this.byte(CLOSE);
  }

  /** A little-endian double; every NaN becomes the same one. */
  double(value: number): void {
    this.reserve(DOUBLE_BYTES);
    this.view.setFloat64(this.length, Number.isNaN(value) ? Number.NaN : value, true);
    this.length += DOUBLE_BYTES;
  }

  /** What was written since the last call; valid until something is written again. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }

  /** JSON leaves most ids as they are: those are copied, the others are left to it. */
  private text(text: string): void {
    const start = this.length;
    this.reserve(text.length * MAX_ESCAPED_BYTES_PER_UNIT + ROOM);
    const { bytes } = this;
    bytes[this.length++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < PRINTABLE_FROM || code >= ASCII_END || code === QUOTE || code === BACKSLASH) {
        this.length = start + bytes.write(JSON.stringify(text), start, 'utf8');
        return;
      }
      bytes[this.length++] = code;
    }
    bytes[this.length++] = QUOTE;
  }

  private byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + bytes));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = viewOf(grown);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
